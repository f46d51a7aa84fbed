//! Dropping privileges for good: each program in a cell does, and so does a service that was
//! started as root, once its jail helper runs.

use std::fs;
use std::path::Path;

use rustix::fs::{CWD, Gid, Uid};
use rustix::mount::{
    MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount_change, move_mount, open_tree,
};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, configure_capability_in_ambient_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use crate::error::StepContext;
use crate::{SandboxError, SandboxStep, sys};

/// Turns this process, which must have one thread, into an unprivileged user's: no capability is
/// left, and none can be gained by executing anything. The group id is set to the same number.
pub fn drop_root(user: u32) -> Result<(), SandboxError> {
    require_one_thread()?;
    set_thread_groups(&[]).at(SandboxStep::TakeIdentity)?;
    become_user(user)
}

/// The same for a process without supplementary groups.
pub(crate) fn become_user(user: u32) -> Result<(), SandboxError> {
    let (gid, uid) = (Gid::from_raw(user), Uid::from_raw(user));
    set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
    // Keeps the capabilities that are needed to empty the bounding set; dropped right after.
    rustix::thread::set_keep_capabilities(true).at(SandboxStep::TakeIdentity)?;
    set_thread_res_uid(uid, uid, uid).at(SandboxStep::TakeIdentity)?;
    keep_capabilities(CapabilitySet::empty(), false)?;
    set_no_new_privs(true).at(SandboxStep::NoNewPrivs)
}

/// Sets the group and drops every capability but `CAP_SETUID`, which survives an exec if
/// `over_exec`. A later change from root to another user drops that one too, but not the
/// inheritable set, from which an executable file could regain it: the process that changes its
/// user must clear that set.
pub(crate) fn keep_setuid_only(group: u32, over_exec: bool) -> Result<(), SandboxError> {
    let gid = Gid::from_raw(group);
    set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
    keep_capabilities(CapabilitySet::SETUID, over_exec)?;
    set_no_new_privs(true).at(SandboxStep::NoNewPrivs)
}

/// Drops all other capabilities, by every way in which the kernel could give them back.
fn keep_capabilities(keep: CapabilitySet, over_exec: bool) -> Result<(), SandboxError> {
    let sets = rustix::thread::capabilities(None).at(SandboxStep::DropCapabilities)?;
    // Keeping them over the change of user kept them permitted, but no longer effective.
    let effective = CapabilitySets {
        effective: sets.permitted,
        ..sets
    };
    set_capabilities(None, effective).at(SandboxStep::DropCapabilities)?;
    // Before the bounding set is emptied, which the inheritable set must be within.
    let inheritable = if over_exec {
        keep
    } else {
        CapabilitySet::empty()
    };
    let handed_on = CapabilitySets {
        inheritable,
        ..effective
    };
    set_capabilities(None, handed_on).at(SandboxStep::DropCapabilities)?;
    for capability in inheritable.iter() {
        configure_capability_in_ambient_set(capability, true).at(SandboxStep::DropCapabilities)?;
    }
    for capability in CapabilitySet::all().iter() {
        match remove_capability_from_bounding_set(capability) {
            // The kernel is older than this capability.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error).at(SandboxStep::DropCapabilities),
        }
    }
    let mut locked = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    // A capability that is kept must be dropped by the later change of user.
    locked.set(CapabilitiesSecureBits::NO_SETUID_FIXUP, keep.is_empty());
    set_capabilities_secure_bits(locked).at(SandboxStep::DropCapabilities)?;
    let left = CapabilitySets {
        effective: keep,
        permitted: keep,
        inheritable,
    };
    set_capabilities(None, left).at(SandboxStep::DropCapabilities)
}

/// Tries whether a user can list a folder. For a process of root with one thread.
pub fn can_list(folder: &Path, user: u32) -> Result<bool, SandboxError> {
    require_one_thread()?;
    let switch = |gid: Gid, uid: Uid| {
        // The group can only be set as root: before becoming the user, and after becoming root
        // again.
        set_thread_res_uid(None, Uid::ROOT, None)?;
        set_thread_res_gid(None, gid, None)?;
        set_thread_res_uid(None, uid, None)
    };
    set_thread_groups(&[]).at(SandboxStep::TakeIdentity)?;
    switch(Gid::from_raw(user), Uid::from_raw(user)).at(SandboxStep::TakeIdentity)?;
    let listed = fs::read_dir(folder).is_ok();
    switch(Gid::ROOT, Uid::ROOT).at(SandboxStep::TakeIdentity)?;
    Ok(listed)
}

/// Mounts `folder` at `place` too, for this process and its children only: for a folder below one
/// that the user to be taken can't enter, such as `/root`.
pub fn bind_privately(folder: &Path, place: &Path) -> Result<(), SandboxError> {
    require_one_thread()?;
    sys::unshare_mounts().at(SandboxStep::PrivateMounts)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).at(SandboxStep::PrivateMounts)?;
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    let mount =
        open_tree(CWD, folder, flags).at_path(SandboxStep::OpenRootPart, folder.display())?;
    move_mount(
        mount,
        "",
        CWD,
        place,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
    .at_path(SandboxStep::PlaceRootPart, place.display())
}

/// User ids belong to threads: with a second thread, half the process would stay root.
fn require_one_thread() -> Result<(), SandboxError> {
    match sys::thread_count() {
        1 => Ok(()),
        count => Err(SandboxError::new(
            SandboxStep::TakeIdentity,
            format!("the process has {count} threads"),
        )),
    }
}
