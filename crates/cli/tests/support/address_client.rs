//! HTTP from a chosen address of this machine: all of 127.0.0.0/8 belong to it, and the service counts
//! each of them as a client of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use serde_json::Value;

use super::TIMEOUT;

/// A client at one address, and the service that it talks to.
#[derive(Debug, Clone)]
pub struct AddressClient {
    source: Ipv4Addr,
    target: SocketAddrV4,
    /// API key of the client's account. Without one, requests state a user.
    key: Option<String>,
}

impl AddressClient {
    /// `service` is an address and a port.
    pub fn new(source: Ipv4Addr, service: &str) -> Self {
        AddressClient {
            source,
            target: service.parse().unwrap(),
            key: None,
        }
    }

    pub fn with_key(self, key: Option<String>) -> Self {
        AddressClient { key, ..self }
    }

    fn authorization(&self) -> String {
        let key = self.key.iter();
        key.map(|key| format!("Authorization: Bearer {key}\r\n"))
            .collect()
    }

    pub fn connect(&self) -> io::Result<TcpStream> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&socket, &SocketAddrV4::new(self.source, 0))?;
        connect(&socket, &self.target)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Returns the head of a POST with a JSON body of this length.
    pub fn post_head(&self, path: &str, length: usize) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{}\
             Content-Length: {length}\r\n\r\n",
            self.target,
            self.authorization()
        )
    }

    /// Returns the head of a request for a user's WebSocket.
    pub fn socket_head(&self, user: &str) -> String {
        let path = match &self.key {
            None => format!("/ws?userId={user}"),
            Some(_) => "/ws".to_owned(),
        };
        let authorization = self.authorization();
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{authorization}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.target
        )
    }

    /// Sends a request on a connection of its own. Returns status and body.
    pub fn post(&self, path: &str, body: &Value) -> io::Result<(u16, Value)> {
        self.post_on(&mut self.connect()?, path, body)
    }

    /// Sends a request on an open connection, which remains usable.
    pub fn post_on(
        &self,
        stream: &mut TcpStream,
        path: &str,
        body: &Value,
    ) -> io::Result<(u16, Value)> {
        let mut body = body.clone();
        if let (Some(_), Some(fields)) = (&self.key, body.as_object_mut()) {
            fields.remove("userId");
        }
        let body = body.to_string();
        let request = self.post_head(path, body.len()) + &body;
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let (status, length) = read_head(&mut reader)?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok((status, serde_json::from_slice(&body)?))
    }
}

/// Reads the head of a response. Returns its status and the length of its body.
pub fn read_head(reader: &mut impl BufRead) -> io::Result<(u16, usize)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status: {line:?}")))?;
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            return Ok((status, length));
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
}
