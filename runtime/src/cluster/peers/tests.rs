use super::*;

/// Longer than any of these tests takes where nothing is wrong.
const LONG: Duration = Duration::from_secs(60);
const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);

async fn settled(nodes: &[NodeId]) -> Peers {
    let peers = Peers::default();
    peers.joined();
    for node in nodes {
        assert!(peers.heard(*node));
    }
    tokio::time::sleep(SETTLING).await;
    peers
}

#[tokio::test]
async fn waits_until_all_have_answered_once() {
    let peers = settled(&[A, B]).await;
    let pending = peers.ask().unwrap();
    let id = pending.id;
    let answering = async {
        peers.answered(NodeId(9), id, vec![9]);
        peers.answered(A, id, vec![1]);
        peers.answered(A, id, vec![1]);
        tokio::task::yield_now().await;
        peers.answered(B, id, vec![2]);
    };
    let (answers, ()) = tokio::join!(pending.answers(LONG), answering);
    assert_eq!(answers, [[1], [2]]);
}

#[tokio::test]
async fn silent_node_costs_the_patience_until_it_is_dead() {
    let peers = settled(&[A, B]).await;
    let pending = peers.ask().unwrap();
    peers.answered(A, pending.id, vec![1]);
    let patience = Duration::from_millis(50);
    let started = Instant::now();
    assert_eq!(pending.answers(patience).await, [[1]]);
    assert!(started.elapsed() >= patience);
    peers.forget_dead(Instant::now() + DEAD);
    assert!(peers.ask().is_none());
}

#[tokio::test]
async fn nobody_waits_for_those_who_leave_or_when_cut_off() {
    let peers = settled(&[A]).await;
    let pending = peers.ask().unwrap();
    let leaving = async { peers.left(A) };
    tokio::join!(pending.answers(LONG), leaving);
    peers.heard(B);
    let pending = peers.ask().unwrap();
    let cut_off = async { peers.lost() };
    tokio::join!(pending.answers(LONG), cut_off);
    assert!(peers.ask().is_none());
}

#[tokio::test]
async fn newcomer_waits_a_moment_for_those_it_does_not_know_yet() {
    let peers = Peers::default();
    assert!(peers.ask().is_none(), "not joined");
    let started = Instant::now();
    peers.joined();
    let pending = peers.ask().unwrap();
    peers.answered(A, pending.id, vec![1]);
    assert_eq!(pending.answers(LONG).await, [[1]]);
    assert!(started.elapsed() >= SETTLING);
    assert!(peers.ask().is_none(), "alone");
}

#[tokio::test]
async fn nothing_is_kept_beyond_need() {
    let peers = settled(&[A, B]).await;
    let pending = peers.ask().unwrap();
    peers.answered(A, pending.id, vec![0; MAX_ANSWERS]);
    peers.answered(B, pending.id, vec![0]);
    assert_eq!(pending.answers(LONG).await.len(), 1);
    drop(peers.ask());
    assert!(peers.state().asked.is_empty());
    for node in 0..2 * MAX_PEERS as u64 {
        peers.heard(NodeId(node));
    }
    assert_eq!(peers.state().alive.len(), MAX_PEERS);
}
