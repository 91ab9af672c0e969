//! Takes the bodies of methods out of the block while the macro parses it, and puts them back.
//!
//! What is wrong in one, the compiler tells. If it were parsed here, the macro would tell it once more, and fail to read
//! the attributes of the whole block.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Takes out of an `impl` block what stands in braces below its own.
pub(super) fn take(item: TokenStream) -> (TokenStream, Vec<Group>) {
    let mut bodies = Vec::new();
    let item = map_block(item, |body| {
        let empty = of_same_span(&body, TokenStream::new());
        bodies.push(body);
        empty
    });
    (item, bodies)
}

/// Puts it back, in the same order.
pub(super) fn put_back(item: TokenStream, bodies: Vec<Group>) -> TokenStream {
    let mut bodies = bodies.into_iter();
    map_block(item, |empty| bodies.next().unwrap_or(empty))
}

/// Changes the braces that stand directly in the last braces of an item, which are those of its block.
fn map_block(item: TokenStream, mut change: impl FnMut(Group) -> Group) -> TokenStream {
    let mut tokens: Vec<_> = item.into_iter().collect();
    if let Some(TokenTree::Group(block)) = tokens.last_mut()
        && block.delimiter() == Delimiter::Brace
    {
        let items = block.stream().into_iter().map(|token| match token {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => change(body).into(),
            other => other,
        });
        let items = items.collect();
        *block = of_same_span(block, items);
    }
    tokens.into_iter().collect()
}

fn of_same_span(group: &Group, content: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), content);
    changed.set_span(group.span());
    changed
}
