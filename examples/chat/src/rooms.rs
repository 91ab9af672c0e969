//! Joining and leaving rooms, and who is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stockade_sdk::prelude::*;

use crate::room::Room;
use crate::user::Member;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InRoom {
    room: Room,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Here {
    room: Room,
    /// The socket that wants to know.
    #[schemars(length(min = 1, max = 64))]
    to: String,
}

pub(crate) struct Rooms;

#[controller]
impl Rooms {
    #[event("join")]
    #[validate]
    fn join(ctx: &Context, InRoom { room }: InRoom) -> Result<Response> {
        if !is_in(ctx, &room)? {
            ctx.socket().join(room.socket_io())?;
            ctx.socket()
                .to(room.socket_io())
                .emit("joined", Member::current(ctx, &room)?)?;
        }
        Response::ok(())
    }

    #[event("leave")]
    #[validate]
    fn leave(ctx: &Context, InRoom { room }: InRoom) -> Result<Response> {
        if is_in(ctx, &room)? {
            ctx.socket().leave(room.socket_io())?;
            ctx.socket()
                .to(room.socket_io())
                .emit("left", Member::current(ctx, &room)?)?;
        }
        Response::ok(())
    }

    /// Who is in a room, for its members.
    #[event("who")]
    #[validate]
    fn who(ctx: &Context, InRoom { room }: InRoom) -> Result<Response> {
        if !is_in(ctx, &room)? {
            return Response::error("You are not in this room.");
        }
        let sockets = ctx.server().r#in(room.socket_io()).fetch_sockets()?;
        let members = sockets.iter().map(|socket| Member::remote(socket, &room));
        Response::ok(Present {
            members: members.collect::<Result<_>>()?,
            complete: sockets.is_complete(),
        })
    }

    /// A client answers `joined`, so that the newcomer learns who was there before.
    #[event("here")]
    #[validate]
    fn here(ctx: &Context, Here { room, to }: Here) -> Result<Response> {
        let members = ctx.server().r#in(room.socket_io()).fetch_sockets()?;
        let is_member = members.iter().any(|member| member.id() == to);
        if !is_in(ctx, &room)? || !is_member {
            return Response::error("You are not in a room together.");
        }
        ctx.socket()
            .to(to)
            .emit("member", Member::current(ctx, &room)?)?;
        Response::ok(())
    }
}

/// Who is in a room.
#[derive(Serialize)]
struct Present<'r> {
    members: Vec<Member<'r>>,
    /// Whether these are all: another node may not have answered.
    complete: bool,
}

/// Whether the current socket is in a room.
pub(crate) fn is_in(ctx: &Context, room: &Room) -> Result<bool> {
    Ok(ctx.socket().rooms()?.contains(&room.socket_io()))
}
