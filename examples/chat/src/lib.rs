//! A chat with rooms.
//!
//! Nothing is stored: who someone is lies with the socket as its user, who is where lies in Socket.IO's rooms. A client
//! learns the names of a room's members from the members: whoever joins is announced, and the others' clients answer
//! with `here`. The server never passes on a name that a client claims, only that of the sender's own socket.

mod messages;
mod room;
mod rooms;
mod user;

use stockade_sdk::prelude::*;

use messages::Messages;
use room::Room;
use rooms::Rooms;
use user::{Member, User};

struct Chat;

#[controller]
#[sub_controller("", Rooms)]
#[sub_controller("", Messages)]
impl Chat {
    /// Lets in whoever gives a proper name: `io(url, { auth: { name: 'Ann' } })`.
    #[on_connection]
    fn on_connection(ctx: &Context) -> Result<()> {
        let user = User::of_handshake(&ctx.socket().handshake()?)?;
        ctx.set_user(&user)
    }

    #[on_disconnection]
    fn on_disconnection(ctx: &Context) -> Result<()> {
        let socket = ctx.socket();
        for room in socket
            .rooms()?
            .iter()
            .filter_map(|name| Room::of_socket_io(name))
        {
            socket
                .to(room.socket_io())
                .emit("left", Member::current(ctx, &room)?)?;
        }
        Ok(())
    }
}

stockade_sdk::serve!(Chat);

#[cfg(test)]
mod tests;
