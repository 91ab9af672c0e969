use super::*;

/// Longer than any of these tests takes where nothing is wrong.
const LONG: Duration = Duration::from_secs(60);
const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);

fn ask(nodes: &Nodes) -> Pending<'_> {
    match nodes.ask(1_000) {
        Asking::Pending(pending) => pending,
        Asking::NobodyElse | Asking::CutOff => panic!("there is nobody to ask"),
    }
}

/// Whether there is nobody to ask, and for certain.
fn is_alone(nodes: &Nodes) -> bool {
    matches!(nodes.ask(1_000), Asking::NobodyElse)
}

fn is_cut_off(nodes: &Nodes) -> bool {
    matches!(nodes.ask(1_000), Asking::CutOff)
}

async fn settled(others: &[NodeId]) -> Nodes {
    let nodes = Nodes::default();
    nodes.joined();
    for node in others {
        assert!(nodes.heard(*node));
    }
    tokio::time::sleep(SETTLING).await;
    nodes
}

#[tokio::test]
async fn waits_until_all_have_answered_once() {
    let nodes = settled(&[A, B]).await;
    let pending = ask(&nodes);
    let id = pending.id;
    let answering = async {
        nodes.answered(NodeId(9), id, vec![9]);
        nodes.answered(A, id, vec![1]);
        nodes.answered(A, id, vec![1]);
        tokio::task::yield_now().await;
        nodes.answered(B, id, vec![2]);
    };
    let (answers, ()) = tokio::join!(pending.answers(LONG), answering);
    assert_eq!(answers, (vec![vec![1], vec![2]], true));
}

#[tokio::test]
async fn silent_node_costs_the_patience_until_it_is_dead() {
    let nodes = settled(&[A, B]).await;
    let pending = ask(&nodes);
    nodes.answered(A, pending.id, vec![1]);
    let patience = Duration::from_millis(50);
    let started = Instant::now();
    assert_eq!(pending.answers(patience).await, (vec![vec![1]], false));
    assert!(started.elapsed() >= patience);
    let pending = ask(&nodes);
    let dying = async { nodes.forget_dead(Instant::now() + DEAD) };
    let ((_, complete), ()) = tokio::join!(pending.answers(LONG), dying);
    assert!(!complete && is_alone(&nodes));
}

#[tokio::test]
async fn nobody_waits_for_those_who_leave_or_when_cut_off() {
    let nodes = settled(&[A]).await;
    let pending = ask(&nodes);
    let leaving = async { nodes.left(A) };
    let ((_, complete), ()) = tokio::join!(pending.answers(LONG), leaving);
    assert!(complete, "who leaves has no sockets any more");
    nodes.heard(B);
    let pending = ask(&nodes);
    let cut_off = async { nodes.lost() };
    let ((_, complete), ()) = tokio::join!(pending.answers(LONG), cut_off);
    assert!(!complete && is_cut_off(&nodes));
}

#[tokio::test]
async fn newcomer_waits_a_moment_for_those_it_does_not_know_yet() {
    let nodes = Nodes::default();
    assert!(is_cut_off(&nodes), "not joined");
    let started = Instant::now();
    nodes.joined();
    let pending = ask(&nodes);
    nodes.answered(A, pending.id, vec![1]);
    assert_eq!(pending.answers(LONG).await, (vec![vec![1]], true));
    assert!(started.elapsed() >= SETTLING);
    assert!(is_alone(&nodes));
}

#[tokio::test]
async fn nothing_is_kept_beyond_need() {
    let nodes = settled(&[A, B]).await;
    let pending = ask(&nodes);
    nodes.answered(A, pending.id, vec![0; 1_000 + ANSWER]);
    nodes.answered(B, pending.id, vec![0; 1 + ANSWER]);
    let (answers, complete) = pending.answers(LONG).await;
    assert_eq!((answers.len(), complete), (1, false));
    drop(ask(&nodes));
    assert!(nodes.state().asked.is_empty());
    for node in 0..2 * MAX_NODES as u64 {
        nodes.heard(NodeId(node));
    }
    assert_eq!(nodes.state().alive.len(), MAX_NODES);
}
