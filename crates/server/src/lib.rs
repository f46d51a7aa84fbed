//! HTTP and WebSocket. Never links the judge or the sandbox.
