use super::*;

/// Longer than any of these tests takes where nothing is wrong.
const LONG: Duration = Duration::from_secs(60);
const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);

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
    let pending = nodes.ask().unwrap();
    let id = pending.id;
    let answering = async {
        nodes.answered(NodeId(9), id, vec![9]);
        nodes.answered(A, id, vec![1]);
        nodes.answered(A, id, vec![1]);
        tokio::task::yield_now().await;
        nodes.answered(B, id, vec![2]);
    };
    let (answers, ()) = tokio::join!(pending.answers(LONG), answering);
    assert_eq!(answers, [[1], [2]]);
}

#[tokio::test]
async fn silent_node_costs_the_patience_until_it_is_dead() {
    let nodes = settled(&[A, B]).await;
    let pending = nodes.ask().unwrap();
    nodes.answered(A, pending.id, vec![1]);
    let patience = Duration::from_millis(50);
    let started = Instant::now();
    assert_eq!(pending.answers(patience).await, [[1]]);
    assert!(started.elapsed() >= patience);
    nodes.forget_dead(Instant::now() + DEAD);
    assert!(nodes.ask().is_none());
}

#[tokio::test]
async fn nobody_waits_for_those_who_leave_or_when_cut_off() {
    let nodes = settled(&[A]).await;
    let pending = nodes.ask().unwrap();
    let leaving = async { nodes.left(A) };
    tokio::join!(pending.answers(LONG), leaving);
    nodes.heard(B);
    let pending = nodes.ask().unwrap();
    let cut_off = async { nodes.lost() };
    tokio::join!(pending.answers(LONG), cut_off);
    assert!(nodes.ask().is_none());
}

#[tokio::test]
async fn newcomer_waits_a_moment_for_those_it_does_not_know_yet() {
    let nodes = Nodes::default();
    assert!(nodes.ask().is_none(), "not joined");
    let started = Instant::now();
    nodes.joined();
    let pending = nodes.ask().unwrap();
    nodes.answered(A, pending.id, vec![1]);
    assert_eq!(pending.answers(LONG).await, [[1]]);
    assert!(started.elapsed() >= SETTLING);
    assert!(nodes.ask().is_none(), "alone");
}

#[tokio::test]
async fn nothing_is_kept_beyond_need() {
    let nodes = settled(&[A, B]).await;
    let pending = nodes.ask().unwrap();
    nodes.answered(A, pending.id, vec![0; MAX_ANSWERS]);
    nodes.answered(B, pending.id, vec![0]);
    assert_eq!(pending.answers(LONG).await.len(), 1);
    drop(nodes.ask());
    assert!(nodes.state().asked.is_empty());
    for node in 0..2 * MAX_NODES as u64 {
        nodes.heard(NodeId(node));
    }
    assert_eq!(nodes.state().alive.len(), MAX_NODES);
}
