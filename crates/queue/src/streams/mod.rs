//! Event streams in memory: one ring per user, and readers that keep a position in it.
//!
//! A reader owns no buffer. It remembers a number and reads the shared ring from there, so memory
//! does not grow with readers, and a reader that stops costs nothing until the ring has moved past
//! it. A reader that is merely slow skips events that later ones supersede.

mod hub;
mod reader;
mod ring;
mod user_stream;

pub(crate) use hub::EventHub;
pub(crate) use reader::RingReader;
pub(crate) use ring::AppendResult;
pub(crate) use user_stream::UserStream;
