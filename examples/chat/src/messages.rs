//! What members say to a room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stockade_sdk::prelude::*;

use crate::room::Room;
use crate::rooms::is_in;
use crate::user::Member;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    room: Room,
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

/// A message as the other members get it.
#[derive(Serialize)]
struct Message<'r> {
    #[serde(flatten)]
    from: Member<'r>,
    text: String,
}

/// Any payload of this controller. The host has checked that it names a room.
#[derive(Deserialize)]
struct ToRoom {
    room: Room,
}

/// Members only.
fn member(ctx: &Context) -> Result<HookOutcome> {
    let ToRoom { room } = ctx.payload()?;
    if is_in(ctx, &room)? {
        HookOutcome::pass()
    } else {
        HookOutcome::answer(Response::error("You are not in this room."))
    }
}

pub(crate) struct Messages;

#[controller]
#[validate(schema = r#"{
    "type": "object",
    "properties": { "room": { "type": "string", "minLength": 1, "maxLength": 60 } },
    "required": ["room"]
}"#)]
#[hook(member)]
impl Messages {
    #[event("message")]
    #[validate]
    fn message(ctx: &Context, NewMessage { room, text }: NewMessage) -> Result<Response> {
        let from = Member::current(ctx, &room)?;
        ctx.socket()
            .to(room.socket_io())
            .emit("message", Message { from, text })?;
        Response::ok(())
    }

    #[event("typing")]
    fn typing(ctx: &Context, ToRoom { room }: ToRoom) -> Result<()> {
        ctx.socket()
            .to(room.socket_io())
            .volatile()
            .emit("typing", Member::current(ctx, &room)?)
    }

    #[event("stop typing")]
    fn stop_typing(ctx: &Context, ToRoom { room }: ToRoom) -> Result<()> {
        ctx.socket()
            .to(room.socket_io())
            .volatile()
            .emit("stop typing", Member::current(ctx, &room)?)
    }
}
