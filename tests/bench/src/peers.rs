//! What is measured side by side. To add a peer, add an entry to [`PEERS`].

pub(crate) mod check;
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

/// The peers for which `fits` holds, or those of them that `wanted` names if it names any.
pub(crate) fn select(fits: impl Fn(&Peer) -> bool, wanted: &[String]) -> Vec<Peer> {
    let is_wanted = |peer: &Peer| wanted.is_empty() || wanted.iter().any(|name| name == peer.name);
    PEERS
        .iter()
        .filter(|peer| fits(peer) && is_wanted(peer))
        .copied()
        .collect()
}
