//! Messages between our own processes: the form on the wire.
//!
//! One message is one `SOCK_SEQPACKET` datagram of JSON of at most [`MAX_MESSAGE_BYTES`], with at
//! most [`MAX_FDS`] descriptors. JSON, because a message is small, is read by people who debug, and
//! its reader is fuzzed by others too.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Enough for arguments, environment and names; file contents travel as descriptors.
pub(crate) const MAX_MESSAGE_BYTES: usize = 128 * 1024;
pub(crate) const MAX_FDS: usize = 64;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("the other side is gone")]
    Closed,
    #[error("the message is too large")]
    TooLarge,
    #[error("the message is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] rustix::io::Errno),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

pub(crate) fn send<M: Serialize>(
    socket: impl AsFd,
    message: &M,
    fds: &[BorrowedFd<'_>],
) -> Result<(), WireError> {
    send_bytes(socket, &serde_json::to_vec(message)?, fds)
}

/// Sends a message that is not JSON.
pub(crate) fn send_bytes(
    socket: impl AsFd,
    bytes: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<(), WireError> {
    if bytes.len() > MAX_MESSAGE_BYTES || fds.len() > MAX_FDS {
        return Err(WireError::TooLarge);
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(WireError::TooLarge);
    }
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

pub(crate) fn receive<M: DeserializeOwned>(
    socket: impl AsFd,
) -> Result<(M, Vec<OwnedFd>), WireError> {
    BUFFER.with_borrow_mut(|bytes| receive_into(socket, bytes))
}

thread_local! {
    /// Reused, because to map and unmap that much would cost more than the rest of a message.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_MESSAGE_BYTES]);
}

fn receive_into<M: DeserializeOwned>(
    socket: impl AsFd,
    bytes: &mut [u8],
) -> Result<(M, Vec<OwnedFd>), WireError> {
    let (length, fds) = receive_bytes(socket, bytes)?;
    Ok((parse(&bytes[..length])?, fds))
}

/// Receives a message that is not JSON; returns its length.
pub(crate) fn receive_bytes(
    socket: impl AsFd,
    bytes: &mut [u8],
) -> Result<(usize, Vec<OwnedFd>), WireError> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        let mut iov = [IoSliceMut::new(bytes)];
        match recvmsg(&socket, &mut iov, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => continue,
            result => break result?,
        }
    };
    // Owned before any early return, so that received descriptors are closed and not leaked.
    let fds: Vec<OwnedFd> = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    if received.bytes == 0 && fds.is_empty() {
        return Err(WireError::Closed);
    }
    if received
        .flags
        .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC)
    {
        return Err(WireError::TooLarge);
    }
    Ok((received.bytes, fds))
}

/// Parses a message. Apart from [`receive`], so that it can be fuzzed.
pub(crate) fn parse<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, serde_json::Error> {
    serde_json::from_slice(bytes)
}
