//! Giving up rights for good: a cell's program does, and so does the service that was started as
//! root, once its jail helper runs.

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
/// left, and none can be gained by executing anything. The group gets the same number.
pub fn drop_root(user: u32) -> Result<(), SandboxError> {
    one_thread()?;
    set_thread_groups(&[]).at(SandboxStep::TakeIdentity)?;
    become_user(user)
}

/// The same for a process whose supplementary groups are gone already.
pub(crate) fn become_user(user: u32) -> Result<(), SandboxError> {
    let (gid, uid) = (Gid::from_raw(user), Uid::from_raw(user));
    set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
    // Keeps the capabilities that are needed to empty the bounding set; dropped right after.
    rustix::thread::set_keep_capabilities(true).at(SandboxStep::TakeIdentity)?;
    set_thread_res_uid(uid, uid, uid).at(SandboxStep::TakeIdentity)?;
    keep_capabilities(CapabilitySet::empty(), false)?;
    set_no_new_privs(true).at(SandboxStep::NoNewPrivs)
}

/// Takes a group and gives up everything but the right to become another user, which also what is executed
/// then has, if so wanted. To change from root to one is the end of that too; of what could be inherited by
/// a file that asks for it, the one who changes has to rid himself.
pub(crate) fn keep_change_of_user(group: u32, over_exec: bool) -> Result<(), SandboxError> {
    let gid = Gid::from_raw(group);
    set_thread_res_gid(gid, gid, gid).at(SandboxStep::TakeIdentity)?;
    keep_capabilities(CapabilitySet::SETUID, over_exec)?;
    set_no_new_privs(true).at(SandboxStep::NoNewPrivs)
}

/// Leaves no other capability that could be used or regained, by any way the kernel has.
fn keep_capabilities(kept: CapabilitySet, over_exec: bool) -> Result<(), SandboxError> {
    let sets = rustix::thread::capabilities(None).at(SandboxStep::DropCapabilities)?;
    // Keeping them over the change of user kept them permitted, but no longer effective.
    let effective = CapabilitySets {
        effective: sets.permitted,
        ..sets
    };
    set_capabilities(None, effective).at(SandboxStep::DropCapabilities)?;
    // Before the bounding set goes, which it must be within.
    let inheritable = match over_exec {
        true => kept,
        false => CapabilitySet::empty(),
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
    // Where something is kept, it has to go with the change of user.
    locked.set(CapabilitiesSecureBits::NO_SETUID_FIXUP, kept.is_empty());
    set_capabilities_secure_bits(locked).at(SandboxStep::DropCapabilities)?;
    let left = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable,
    };
    set_capabilities(None, left).at(SandboxStep::DropCapabilities)
}

/// Whether a user could list a folder, found by trying. For a process of root's with one thread.
pub fn can_list(folder: &Path, user: u32) -> Result<bool, SandboxError> {
    one_thread()?;
    let switch = |gid: Gid, uid: Uid| {
        // A group can only be taken as root: before becoming the user, and after ceasing to be.
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

/// Shows `folder` at `place` too, to this process and its children only: for a folder that lies
/// where the user that is to be taken can't go, such as below `/root`.
pub fn bind_privately(folder: &Path, place: &Path) -> Result<(), SandboxError> {
    one_thread()?;
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

/// Identities belong to threads: with a second one, half the process would stay root.
fn one_thread() -> Result<(), SandboxError> {
    match sys::thread_count() {
        1 => Ok(()),
        count => Err(SandboxError::new(
            SandboxStep::TakeIdentity,
            format!("the process has {count} threads"),
        )),
    }
}
