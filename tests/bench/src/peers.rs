//! What is measured side by side. To add a peer, add an entry to [`PEERS`].

mod check;
mod command;
pub(crate) mod server;

/// The peers that others are compared with.
pub(crate) const BASELINES: [&str; 3] = ["foal", "socket.io", "native"];

/// All peers, in the order of the tables.
pub(crate) const PEERS: &[Peer] = &[
    Peer {
        name: "foal",
        about: "FoalTS on Node",
        program: Program::Node { folder: "foal" },
    },
    Peer {
        name: "socket.io",
        about: "Socket.IO on Node, with AJV",
        program: Program::Node {
            folder: "socket-io",
        },
    },
    Peer {
        name: "native",
        about: "socketioxide on hyper, no sandbox",
        program: Program::Native,
    },
    Peer {
        name: "stockade-event",
        about: "Stockade, a fresh sandbox for each event",
        program: Program::Stockade {
            guest: "bench-guest",
            isolation: "event",
        },
    },
    Peer {
        name: "stockade-socket",
        about: "Stockade, a sandbox for each connection",
        program: Program::Stockade {
            guest: "bench-guest",
            isolation: "socket",
        },
    },
    Peer {
        name: "stockade-tenant",
        about: "Stockade, a sandbox that is used again",
        program: Program::Stockade {
            guest: "bench-guest",
            isolation: "tenant",
        },
    },
];

/// A server that answers the benchmark's events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// As in tables and in `--peer`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) program: Program,
}

/// How a peer is started.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// `server.mjs` in a folder of `tests/bench/peers`, with the port as argument and packages of npm.
    Node {
        /// The folder's name.
        folder: &'static str,
    },
    /// The executable `native-peer`.
    Native,
    /// A component in Stockade.
    Stockade {
        /// The component is `target/guest/<guest>.wasm`.
        guest: &'static str,
        /// As in the configuration.
        isolation: &'static str,
    },
}

/// The peers that `wanted` names; if it names none, those of `default`.
pub(crate) fn select(default: &[&str], wanted: &[String]) -> Vec<Peer> {
    let is_wanted = |peer: &&Peer| match wanted {
        [] => default.contains(&peer.name),
        names => names.iter().any(|name| name == peer.name),
    };
    PEERS.iter().filter(is_wanted).copied().collect()
}

/// The names of all peers.
pub(crate) fn names() -> Vec<&'static str> {
    PEERS.iter().map(|peer| peer.name).collect()
}
