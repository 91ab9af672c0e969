//! Which schemas lead to which, to find loops and depth before anything runs.

use super::error::SchemaError;
use super::program::{General, Node, NodeId, Object, Program, Sub};

/// Refuses schemas that apply to one value for ever, or more than `max` inside each other.
pub(super) fn check(
    program: &Program,
    max: usize,
    at: impl Fn(NodeId) -> String,
) -> Result<(), SchemaError> {
    let edges: Vec<_> = program.nodes.iter().map(same_value).collect();
    let height = |_, below: &[usize]| 1 + below.iter().max().copied().unwrap_or(0);
    let heights = fold(&edges, height).map_err(|id| SchemaError::Loop { at: at(id) })?;
    let ids = (0u32..).map(NodeId);
    match heights
        .into_iter()
        .zip(ids)
        .find(|(height, _)| *height > max)
    {
        Some((_, id)) => Err(SchemaError::Nesting { at: at(id) }),
        None => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum State {
    New,
    Open,
    Done(usize),
}

/// Computes a value for every node from those of the nodes that it leads to. Without recursion,
/// since the graph is hostile; a node on a loop is the error.
fn fold(
    edges: &[Vec<NodeId>],
    combine: impl Fn(NodeId, &[usize]) -> usize,
) -> Result<Vec<usize>, NodeId> {
    let mut states = vec![State::New; edges.len()];
    let targets = |id: NodeId| edges.get(id.index()).map_or(&[][..], Vec::as_slice);
    for root in (0u32..).map(NodeId).take(edges.len()) {
        let mut open = vec![root];
        while let Some(id) = open.last().copied() {
            match states.get(id.index()).copied().unwrap_or(State::Done(0)) {
                State::New => {
                    set(&mut states, id, State::Open);
                    for target in targets(id) {
                        match states.get(target.index()) {
                            Some(State::New) => open.push(*target),
                            Some(State::Open) => return Err(*target),
                            _ => {}
                        }
                    }
                }
                State::Open => {
                    let below: Vec<_> = targets(id).iter().map(|id| done(&states, *id)).collect();
                    set(&mut states, id, State::Done(combine(id, &below)));
                    open.pop();
                }
                State::Done(_) => {
                    open.pop();
                }
            }
        }
    }
    Ok((0u32..)
        .map(NodeId)
        .take(edges.len())
        .map(|id| done(&states, id))
        .collect())
}

fn set(states: &mut [State], id: NodeId, state: State) {
    if let Some(place) = states.get_mut(id.index()) {
        *place = state;
    }
}

fn done(states: &[State], id: NodeId) -> usize {
    match states.get(id.index()) {
        Some(State::Done(value)) => *value,
        _ => 0,
    }
}

/// Schemas that apply to the same value.
fn same_value(node: &Node) -> Vec<NodeId> {
    let Node::Rules(rules) = node else {
        return Vec::new();
    };
    let mut targets: Vec<_> = rules.any.iter().flat_map(any).collect();
    for rule in &rules.object {
        if let Object::Dependent(members) = rule {
            targets.extend(members.iter().map(|(_, sub)| sub.node));
        }
    }
    targets
}

fn any(rule: &General) -> Vec<NodeId> {
    match rule {
        General::Ref(reference) => vec![reference.node],
        General::Not(sub) => vec![sub.node],
        General::AnyOf(subs) | General::OneOf(subs) | General::AllOf(subs) => nodes(subs),
        General::If(condition) => {
            let branches = [condition.then, condition.otherwise].into_iter().flatten();
            std::iter::once(condition.test).chain(branches).collect()
        }
        General::Const { .. } | General::Enum { .. } => Vec::new(),
    }
}

fn nodes(subs: &[Sub]) -> Vec<NodeId> {
    subs.iter().map(|sub| sub.node).collect()
}
