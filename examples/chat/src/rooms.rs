//! Joining and leaving rooms, and who is there.

use schemars::JsonSchema;
use serde::Deserialize;
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

    /// A client answers `joined`, so that the newcomer learns who was there before.
    #[event("here")]
    #[validate]
    fn here(ctx: &Context, Here { room, to }: Here) -> Result<Response> {
        let members = ctx.server().r#in(room.socket_io()).fetch_sockets()?;
        if !is_in(ctx, &room)? || !members.contains(&to) {
            return Response::error("You are not in a room together.");
        }
        ctx.socket()
            .to(to)
            .emit("member", Member::current(ctx, &room)?)?;
        Response::ok(())
    }
}

/// Whether the current socket is in a room.
pub(crate) fn is_in(ctx: &Context, room: &Room) -> Result<bool> {
    Ok(ctx.socket().rooms()?.contains(&room.socket_io()))
}
