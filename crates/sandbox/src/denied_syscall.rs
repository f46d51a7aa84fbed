use serde::{Deserialize, Serialize};
use syscalls::{Sysno, x86};

use crate::seccomp::NATIVE_ARCHITECTURE;
use crate::sys::SyscallNotification;

/// The system call that a policy denied and that ended a program: the first, if several threads or
/// processes made one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedSyscall {
    /// Name as in the manual, `socket` for example. Calls of the x32 ABI begin with `x32-`, those of
    /// 32-bit code with `i386-`; one without a name is `syscall-` and its number.
    pub name: String,
    /// Number in the table of its architecture.
    pub number: i64,
    /// All six, as the registers had them. Those that the call doesn't take are whatever was there.
    pub arguments: [u64; 6],
}

/// `AUDIT_ARCH_I386`.
const I386: u32 = 0x4000_0003;

/// Bit that numbers of the x32 ABI have.
const X32: i32 = 0x4000_0000;

impl From<SyscallNotification> for DeniedSyscall {
    fn from(notification: SyscallNotification) -> Self {
        DeniedSyscall {
            name: name_of(notification.architecture, notification.number),
            number: notification.number.into(),
            arguments: notification.arguments,
        }
    }
}

fn name_of(architecture: u32, number: i32) -> String {
    if architecture == I386 && NATIVE_ARCHITECTURE != I386 {
        let name = usize::try_from(number).ok().and_then(x86::Sysno::new);
        return name.map_or(format!("i386-{number}"), |call| {
            format!("i386-{}", call.name())
        });
    }
    if number & X32 != 0 && number > 0 {
        return format!("x32-{}", native_name(number & !X32));
    }
    native_name(number)
}

fn native_name(number: i32) -> String {
    let name = usize::try_from(number).ok().and_then(Sysno::new);
    name.map_or(format!("syscall-{number}"), |call| call.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn calls_have_their_names() {
        let table = [
            (NATIVE_ARCHITECTURE, 41, "socket"),
            (NATIVE_ARCHITECTURE, 425, "io_uring_setup"),
            (NATIVE_ARCHITECTURE, 400, "syscall-400"),
            (NATIVE_ARCHITECTURE, -1, "syscall--1"),
            (NATIVE_ARCHITECTURE, X32 | 41, "x32-socket"),
            (NATIVE_ARCHITECTURE, X32 | 400, "x32-syscall-400"),
            (I386, 20, "i386-getpid"),
            (I386, 9999, "i386-9999"),
        ];
        for (architecture, number, name) in table {
            assert_eq!(name_of(architecture, number), name);
        }
    }
}
