//! Tests of a warm interpreter that fails to start: the cell goes on without it, and reports why.

#![allow(clippy::unwrap_used)]

mod support;

use letscode_sandbox::{
    CellProfile, Outcome, ProgramSource, RootPart, RunRequest, StdStream, WarmInterpreter,
    system_libraries,
};
use support::{c, launch, start_jail, text};

/// Any program that reads a file of ours when it starts will do: Perl does for `PERL5OPT`.
const PERL: &str = "/usr/bin/perl";

fn profile(module: &str) -> CellProfile {
    let mut root = system_libraries().unwrap();
    root.push(RootPart::Bind {
        source: PERL.into(),
        target: PERL.into(),
    });
    root.push(RootPart::File {
        contents: module.as_bytes().to_vec(),
        target: "/opt/zygote/Broken.pm".into(),
    });
    CellProfile {
        name: "perl".into(),
        root,
        policy: "python".into(),
        interpreter: Some(WarmInterpreter {
            program: PERL.into(),
            start_argv: vec![PERL.into(), "-e".into(), "print 'cold'".into()],
            argv_prefix: vec![PERL.into(), "-e".into(), "print 'cold'".into()],
            env: Vec::new(),
            extra_env: vec![
                ("PERL5OPT".into(), "-MBroken".into()),
                ("PERL5LIB".into(), "/opt/zygote".into()),
            ],
            min_memory_bytes: 0,
            max_stack_bytes: 1 << 40,
            starts_slowly: false,
        }),
        cold_start: None,
    }
}

const SAYS_WHY: &str = r#"package Broken;
my ($number) = split /:/, $ENV{LETSCODE_LAUNCHER};
open(my $socket, ">&=", $number) or die;
syswrite($socket, "Fit is Tuesday");
exit 1;
"#;

#[test]
fn failed_interpreters_are_reported_and_runs_go_on() {
    let cases = [(SAYS_WHY, "it is Tuesday"), ("die;", "it has ended")];
    for (module, why) in cases {
        let jail = start_jail(vec![profile(module)]);
        let unused = c("");
        for _ in 0..3 {
            let mut done = jail
                .run(RunRequest {
                    profile: "perl",
                    program: ProgramSource::Path(PERL),
                    argv: vec![PERL.into(), "-e".into(), "print 'cold'".into()],
                    env: Vec::new(),
                    stdin: StdStream::Null,
                    ..launch(&unused)
                })
                .unwrap();
            assert_eq!(done.outcome, Outcome::Exited { code: 0 });
            assert_eq!(text(&mut done.stdout), "cold");
        }
        let cold = jail.cold_interpreters();
        assert_eq!(cold.len(), 1);
        assert_eq!(cold[0].0, "perl");
        assert!(cold[0].1.to_string().contains(why), "{}", cold[0].1);
    }
}
