//! Adapts a language's description to this machine.

use std::time::Duration;

use letscode_languages::{CompileLimits, Language, ToolPath};

use super::find::find_tool;
use crate::execute::jail::policy_names;
use crate::execute::limits::RunLimits;

/// Compilers read a lot of their own, which would be slow when it is not in the page cache yet:
/// rustc alone some 150 MB. A program has nothing like it to read.
const COMPILER_IO: u64 = 200 << 20;

/// A compiler never waits for anything but a disk, unless its source makes it read from a pipe.
const COMPILER_IDLES: Duration = Duration::from_secs(5);

/// Converts the limits of a compile step to those of a run. Compilers write a lot of small files and
/// long messages; both stay bounded.
pub(crate) fn compile_limits(limits: &CompileLimits) -> RunLimits {
    let default = RunLimits::default();
    RunLimits {
        cpu_time: Duration::from_secs(limits.cpu_time_s),
        wall_time: Duration::from_secs(limits.wall_time_s),
        idle_time: Some(COMPILER_IDLES),
        memory_bytes: limits.memory_mib << 20,
        output_bytes: 1 << 20,
        processes: limits.processes.unwrap_or(default.processes),
        cpu_cores: limits.cpu_cores,
        io_bytes_per_second: COMPILER_IO,
        ..default
    }
}

/// Returns an error that names the first policy that the sandbox doesn't have.
pub(crate) fn check_policies(language: &Language) -> Result<(), String> {
    let policies: Vec<&str> = policy_names().collect();
    let used = [&language.compile.policy, &language.run.policy];
    match used.into_iter().find(|p| !policies.contains(&p.as_str())) {
        None => Ok(()),
        Some(policy) => {
            let policies = policies.join(", ");
            Err(format!("no policy `{policy}`; there are {policies}"))
        }
    }
}

/// Decides, once for this process, which linker is used. Returns how to install the faster one if it
/// is missing.
pub(crate) fn settle_linker(language: &mut Language) -> Option<String> {
    let compile = &mut language.compile;
    let absent = compile.linker.take_if(|linker| !linker.path.is_file());
    let options = compile.linker.iter().flat_map(|linker| &linker.options);
    let options: Vec<String> = options.cloned().collect();
    put_in(&mut compile.command, "{linker}", &options);
    absent.map(|linker| linker.install)
}

/// Makes the optional parts that are on this machine parts of the language. The others stay in
/// `extras`, for [`Language::missing_parts`].
pub(crate) fn with_extras(mut language: Language) -> Language {
    for (name, extra) in std::mem::take(&mut language.extras) {
        match find_tool(&extra.locate) {
            Ok(path) if path.exists() => {
                let path = ToolPath::Path { path: vec![path] };
                language.locate.insert(name, path);
                language.compile.root.extend(extra.root);
                language.run.root.extend(extra.run_root);
                language.compile.command.extend(extra.options);
            }
            _ => {
                language.extras.insert(name, extra);
            }
        }
    }
    language
}

/// Replaces a placeholder by options, or removes it if there are none.
pub(crate) fn put_in(command: &mut Vec<String>, placeholder: &str, options: &[String]) {
    if let Some(place) = command.iter().position(|word| word == placeholder) {
        command.splice(place..=place, options.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use letscode_languages::builtin_languages;

    use super::*;
    use crate::execute::jail::RootPart;
    use crate::toolchain::locate::locate;

    fn python() -> Language {
        let mut languages = builtin_languages().unwrap().into_iter();
        languages.find(|l| l.id.as_str() == "python").unwrap()
    }

    #[test]
    fn extras_are_used_where_installed() {
        let folder = tempfile::tempdir().unwrap();
        let present = folder.path().join("here");
        std::fs::create_dir(&present).unwrap();
        let with = |path: &Path| {
            let mut language = python();
            let extra = letscode_languages::OptionalPart {
                locate: ToolPath::Path {
                    path: vec![path.to_owned()],
                },
                install: "get it".to_owned(),
                root: vec!["{more} -> /opt/more".to_owned()],
                run_root: vec!["{more} -> /opt/less".to_owned()],
                options: vec!["-more".to_owned()],
            };
            language.extras.insert("more".to_owned(), extra);
            with_extras(language)
        };
        let installed = with(&present);
        assert_eq!(installed.missing_parts(), None);
        assert_eq!(installed.compile.command.last().unwrap(), "-more");
        let profiles = locate(&installed, None).unwrap();
        let is_at = |part: &RootPart, place: &str| {
            matches!(part, RootPart::Bind { source, target }
                if *source == present && target.as_os_str() == place)
        };
        let profile = |name: &str| profiles.iter().find(|p| p.name == name).unwrap();
        let has = |name: &str, place: &str| profile(name).root.iter().any(|p| is_at(p, place));
        assert!(has("python-compile", "/opt/more") && !has("python-compile", "/opt/less"));
        assert!(has("python-run", "/opt/less") && !has("python-run", "/opt/more"));

        let missing = with(&folder.path().join("no-such-thing"));
        assert_eq!(missing.missing_parts().unwrap(), "without more: get it");
        assert_ne!(missing.compile.command.last().unwrap(), "-more");
        assert!(locate(&missing, None).is_ok());
    }

    #[test]
    fn unknown_policies_are_named() {
        let mut language = python();
        language.run.policy = "pyhton".to_owned();
        let reason = locate(&language, None).unwrap_err().to_string();
        assert!(reason.contains("no policy `pyhton`; there are"), "{reason}");
    }
}
