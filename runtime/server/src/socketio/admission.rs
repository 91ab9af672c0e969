//! How a client gets into a namespace: everything up to the moment in which it is told that it is connected.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};

use serde::Deserialize;

use super::{
    Served, SocketId,
    connection::{self, EngineSocket},
    deferred::{DeferredOps, DeferredSocket},
    handshake,
    namespace::{Namespace, Serving},
    outgoing::Encoded,
    recovery::{Recovered, TooLate},
    socket::{Resumable, Socket},
};
use crate::{
    dispatch::{self, ConnectError, Connection},
    manifest::NamespaceApi,
    response::Rejection,
};
use stockade_engine_io::CloseReason;
use stockade_sandbox::host::{ClientState, Disconnect, EventSource, Handshake};

/// What a client that comes back says of itself in `auth`, beside what its own code says.
#[derive(Default, Deserialize)]
struct Claim<'a> {
    #[serde(borrow)]
    pid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    offset: Option<Cow<'a, str>>,
}

/// A client that may come in.
struct Admitted {
    socket: Arc<Socket>,
    recovered: Option<Recovered<Resumable>>,
    /// The guest has been asked.
    asked: bool,
    effects: DeferredOps,
    connection: Connection,
}

/// Lets a client into `namespace`, or refuses it.
pub(super) async fn admit(
    served: Arc<Served>,
    engine: Arc<EngineSocket>,
    namespace: Arc<Namespace>,
    auth: String,
) {
    match decide(&served, &engine, &namespace, &auth).await {
        Ok(admitted) => admitted.join(&served, &engine).await,
        Err(error) => {
            engine.data.refused(&namespace);
            connection::refuse(&engine, &namespace.encoder, &error);
        }
    }
}

async fn decide(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    namespace: &Arc<Namespace>,
    auth: &str,
) -> Result<Admitted, ConnectError> {
    if served.draining.load(Ordering::Relaxed) {
        return Err(Rejection::ServiceUnavailable.into());
    }
    let limits = &served.tenant.limits;
    let request = engine.data.request();
    let request = request.ok_or_else(|| Rejection::ServiceUnavailable.to_string())?;
    let handshake = handshake::read(request, auth, &served.tenant)?;
    // It is let in by one release.
    let serving = namespace.serving();
    let Serving { release, api } = &**serving;
    let who = |handshake, back| identified(served, engine, namespace, api, handshake, back);
    let (socket, recovered) = match recover(namespace, auth) {
        Some(back) => match who(handshake.clone(), Some(&back)).await {
            Ok(socket) if socket.client().has_user_of(&back.client.rest.client) => {
                (socket, Some(back))
            }
            // Rooms and data are another's, or of one who may not come in any more.
            _ => (who(handshake, None).await?, None),
        },
        None => (who(handshake, None).await?, None),
    };
    let skips = recovered.is_some() && served.skip_middlewares;
    let asked = api.on_connection && !skips;
    let (effects, connection) = match asked {
        false => (DeferredOps::default(), Connection { disconnect: None }),
        true => {
            let connecting = DeferredSocket::new(socket.clone(), limits.clone());
            let connecting = Arc::new(connecting);
            let caller: Arc<dyn EventSource> = connecting.clone();
            let connection = dispatch::connect(&served.tenant, release, api, &caller).await?;
            (connecting.take_effects(), connection)
        }
    };
    Ok(Admitted {
        socket,
        recovered,
        asked,
        effects,
        connection,
    })
}

/// The client, once it has shown who it is: one that comes back has to as much as any other.
async fn identified(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    namespace: &Arc<Namespace>,
    api: &NamespaceApi,
    handshake: Handshake,
    recovered: Option<&Recovered<Resumable>>,
) -> Result<Arc<Socket>, ConnectError> {
    let socket = socket(served, engine, namespace, handshake, recovered);
    let socket = Arc::new(socket.map_err(no_randomness)?);
    dispatch::identify(&served.tenant, api, socket.client()).await?;
    Ok(socket)
}

/// Who the client was, where it may be that again.
fn recover(namespace: &Namespace, auth: &str) -> Option<Recovered<Resumable>> {
    let log = namespace.recovery.as_ref()?;
    // Of another type these are the guest's, not Socket.IO's.
    let claim: Claim<'_> = serde_json::from_str(auth).unwrap_or_default();
    log.claim(&claim.pid?, claim.offset.as_deref())
}

fn socket(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    namespace: &Arc<Namespace>,
    handshake: Handshake,
    recovered: Option<&Recovered<Resumable>>,
) -> Result<Socket, getrandom::Error> {
    let (id, client, pid) = match recovered {
        Some(Recovered { client: back, .. }) => {
            let Resumable { client, pid } = &back.rest;
            (back.id, client.resumed(handshake), Some(*pid))
        }
        None => {
            let pid = namespace.recovery.as_ref().map(|_| SocketId::random());
            (
                SocketId::random()?,
                ClientState::new(handshake),
                pid.transpose()?,
            )
        }
    };
    Ok(Socket::new(
        (id, pid),
        Arc::new(client),
        served,
        engine,
        namespace,
    ))
}

fn no_randomness(error: getrandom::Error) -> ConnectError {
    tracing::error!(%error, "no randomness for a socket's id");
    Rejection::ServiceUnavailable.to_string().into()
}

impl Admitted {
    /// Tells the client, and makes it reachable: in one go, so that nothing reaches it before it knows, and nothing that
    /// goes out from then on passes it by.
    async fn join(self, served: &Served, engine: &Arc<EngineSocket>) {
        let Self {
            socket,
            recovered,
            asked,
            effects,
            connection,
        } = self;
        let rooms = recovered
            .as_ref()
            .map_or(&[][..], |recovered| &recovered.client.rooms);
        let namespace = socket.namespace();
        // Before it is reachable, so that what the guest has done comes first; the mailbox stays shut meanwhile.
        socket.put_connected(effects, connection.disconnect);
        let enter = |missed: &[Encoded], end: u64| {
            socket.set_since(end);
            // Clients put aside what comes before they are connected.
            for packet in missed {
                connection::send_or_cut(engine, packet.clone());
            }
            if let Ok(packet) = namespace.encoder.connect(socket.id, socket.pid) {
                connection::send_or_cut(engine, packet);
            }
            namespace.rooms.insert(socket.id, socket.clone(), rooms);
        };
        let mut late = false;
        let there = engine
            .data
            .connected(&socket, || match (&namespace.recovery, &recovered) {
                (None, _) => enter(&[], 0),
                (Some(log), None) => log.at_end(|end| enter(&[], end)),
                (Some(log), Some(recovered)) => {
                    late = log.catch_up(recovered, enter) == Err(TooLate);
                }
            });
        if late {
            // It comes again, as a new client.
            engine.close(CloseReason::TransportError);
        } else if there {
            let name = &namespace.name;
            let traffic = &served.tenant.traffic;
            traffic.connected(name, socket.id.as_str(), recovered.is_some());
            socket.open();
            // The release may have changed since it was let in.
            if namespace.is_removed() {
                socket.apply_disconnect(Some(Disconnect::Namespace));
            }
        } else {
            if let (Some(log), Some(Recovered { client, .. })) = (&namespace.recovery, recovered) {
                namespace.save(log, client);
            }
            if asked {
                // The guest has let it in, and learns that it has gone.
                socket.never_came(served).await;
            }
        }
    }
}
