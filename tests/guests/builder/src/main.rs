//! Builds the test guests: `build-guests [--out DIR] [NAME…]`.
//!
//! What a guest is follows from where its source is (see [`guest`]); one module for each way of building. A guest is
//! built only where something that it is made of has changed since.

mod bindings;
mod clang;
mod guest;
mod javascript;
mod layout;
mod rust;
mod tool;
mod wat;

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::clang::Kit;
use crate::guest::{Guest, Source};
use crate::layout::Layout;

/// Builds the test guests into components.
#[derive(Parser)]
#[command(name = "build-guests")]
struct Arguments {
    /// Where the components go, as NAME.wasm. [default: target/guests in the checkout]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Only list the guests that there are.
    #[arg(long)]
    list: bool,

    /// Only list the guests that have to be built.
    #[arg(long)]
    stale: bool,

    /// Which guests to build. All of them where none is named.
    names: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let layout = Layout::new(arguments.out)?;
    let guests = chosen(guest::discover(&layout)?, &arguments.names)?;
    if arguments.list {
        for guest in &guests {
            println!("{}", guest.name);
        }
        return Ok(());
    }

    if arguments.stale {
        let stale = guests.iter().filter(|guest| !guest.is_fresh(&layout));
        stale.for_each(|guest| println!("{}", guest.name));
        return Ok(());
    }

    fs::create_dir_all(&layout.work)
        .with_context(|| format!("create {}", layout.work.display()))?;
    // Test processes start this program at the same time; one builds, the others then find all fresh.
    let lock = File::create(layout.work.join("lock")).context("create the lock file")?;
    lock.lock().context("wait for another build-guests")?;

    let stale: Vec<&Guest> = guests
        .iter()
        .filter(|guest| !guest.is_fresh(&layout))
        .collect();
    if stale.is_empty() {
        eprintln!("{} guests are up to date", guests.len());
        return Ok(());
    }
    let kit = Kit::compile(&layout)?;
    for (position, guest) in stale.iter().enumerate() {
        eprintln!("[{}/{}] {}", position + 1, stale.len(), guest.name);
        let component = build(guest, &layout, &kit)
            .with_context(|| format!("guest `{}` ({})", guest.name, guest.path.display()))?;
        layout.install(&component, &guest.name)?;
    }
    eprintln!(
        "built {} of {} guests in {}",
        stale.len(),
        guests.len(),
        layout.out.display()
    );
    Ok(())
}

fn build(guest: &Guest, layout: &Layout, kit: &Kit) -> Result<Vec<u8>> {
    match guest.source {
        Source::C => kit.build(&guest.path, &guest.name),
        Source::Text => wat::assemble(guest),
        Source::Core => wat::componentize(guest, layout),
        Source::Graft => wat::graft(guest, layout, kit),
        Source::JavaScript => javascript::build(guest, layout),
        Source::Rust => rust::build(guest, layout),
    }
}

/// The guests with these names, or all.
fn chosen(all: Vec<Guest>, names: &[String]) -> Result<Vec<Guest>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| all.iter().all(|guest| guest.name != **name))
    {
        bail!("there is no guest `{unknown}`; `build-guests --list` shows them");
    }
    Ok(all
        .into_iter()
        .filter(|guest| names.is_empty() || names.contains(&guest.name))
        .collect())
}
