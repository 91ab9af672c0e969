//! One test for each attack: its client is answered once, a neighbour is served meanwhile, the next event works, the
//! memory comes back, and the log says why.

use serde_json::{Value, json};

use super::{beside, internal_error, kind, pong};
use crate::harness::{Stockade, Wire};

/// Attacks of one test, after a first one that warms the server up.
const ATTACKS: usize = 6;
/// What a server may keep after them. A guest that leaked what it could take would leave several times as much.
const KEPT: u64 = 96 << 20;
/// For guests that wait: they would take the whole of it each time.
const IMPATIENT: &str = "[limits]\nwall = \"500ms\"";

/// How an attack ends.
enum End {
    /// The sandbox ends it, for this reason.
    Fault(&'static str),
    /// The answer is none, which the host treats as an error that the guest raised.
    Invalid,
    /// The guest gives up and says so.
    Answer(fn(&Value) -> bool),
}

async fn attack(guest: &str, payload: Value, config: &str, end: End) {
    let mut server = Stockade::with(guest).config(config).start().await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let mut attacker = Wire::connect(&server.addr).await;
    let payload = payload.to_string();
    let mut before = 0;
    for round in 0..=ATTACKS {
        let id = attacker.emit("attack", &payload).await.unwrap();
        let answer = beside(&mut neighbour, attacker.ack(id)).await.unwrap();
        match &end {
            End::Fault(_) | End::Invalid => assert_eq!(answer, internal_error()),
            End::Answer(is_right) => {
                assert_eq!(answer["status"], "ok", "{answer}");
                assert!(is_right(&answer["data"]), "{answer}");
            }
        }
        // A second acknowledgement would have come before this one's.
        assert_eq!(attacker.ask("ping", "null").await, pong());
        assert_eq!(attacker.acks(id), 1);
        if round == 0 {
            before = server.resident();
        }
    }
    let kept = server.resident().saturating_sub(before);
    assert!(kept < KEPT, "{kept} bytes more than before");
    match end {
        End::Fault(cause) => drop(server.logged(cause, kind(cause)).await),
        End::Invalid => {
            let invalid = |line: &Value| line["error"] == "InvalidResponse";
            server.logged("an invalid response", invalid).await;
        }
        End::Answer(_) => {}
    }
    assert!(server.is_running());
}

macro_rules! attacks {
    ($($name:ident: $guest:literal $(with $payload:expr)? $(, in $config:expr)? => $end:expr;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                #[allow(unused_mut, unused_assignments)]
                let (mut payload, mut config) = (json!(null), "");
                $(payload = json!($payload);)?
                $(config = $config;)?
                attack($guest, payload, config, $end).await;
            }
        )*
    };
}

fn refused(answer: &Value, kind: &str) -> bool {
    answer["kind"] == kind
}

attacks! {
    harmless_guest_passes_the_same_test: "plain" => End::Answer(|data| data == "harmless");

    endless_loop_runs_out_of_cpu: "endless-loop" => End::Fault("CpuLimitExceeded");
    endless_recursion_overflows_the_stack: "endless-recursion" => End::Fault("StackOverflow");
    overflow_of_its_own_stack_traps: "stack-overflow" => End::Fault("Trap");
    growth_until_refused_hits_the_memory_limit: "memory-growth" => End::Fault("MemoryLimitExceeded");
    greedy_guest_gets_the_limit_and_no_more: "memory-greed" => End::Answer(|data| {
        data["kib"].as_u64().is_some_and(|kib| (32 << 10..=64 << 10).contains(&kib))
    });
    tables_are_bounded: "table-growth" => End::Answer(|data| {
        data["elements"].as_u64().is_some_and(|elements| elements <= 100_000)
    });
    unreachable_traps: "unreachable" => End::Fault("Trap");
    abort_traps: "abort" => End::Fault("Trap");
    panic_traps: "panic" => End::Fault("Trap");
    instance_starts_before_it_learns_of_its_event: "late-start-loop" => End::Answer(|_| true);
    loop_after_the_answer_runs_out_of_cpu: "post-return-loop" => End::Fault("CpuLimitExceeded");
    loop_in_realloc_runs_out_of_cpu: "realloc-loop" => End::Fault("CpuLimitExceeded");
    realloc_out_of_bounds_traps: "realloc-out-of-bounds" => End::Fault("Trap");
    loop_before_the_handler_runs_out_of_cpu: "realloc-loop" with "x".repeat(40) => End::Fault("CpuLimitExceeded");
    argument_out_of_bounds_traps: "realloc-out-of-bounds" with "x".repeat(40) => End::Fault("Trap");
    endless_log_runs_out_of_cpu: "endless-log" => End::Fault("CpuLimitExceeded");
    endless_output_runs_out_of_cpu: "stdout-flood" => End::Fault("CpuLimitExceeded");
    endless_emits_run_out_of_cpu: "emit-flood" => End::Fault("CpuLimitExceeded");
    endless_question_meets_the_deadline: "ask-forever", in IMPATIENT => End::Fault("DeadlineExceeded");
    endless_sleep_meets_the_deadline: "poll-forever", in IMPATIENT => End::Fault("DeadlineExceeded");
    hoarded_handles_trap: "resource-leak" => End::Fault("Trap");
    too_much_randomness_traps: "random-huge" => End::Fault("Trap");
    standard_library_leads_nowhere: "reach-out" => End::Answer(|data| {
        let tries = ["read /etc/passwd", "read ..", "write /tmp/reached-out"];
        data["environment"] == 0 && tries.iter().all(|way| data[way]["error"].is_string())
    });
    network_leads_nowhere: "dial-out" => End::Answer(|data| data != "connecting");

    giant_event_name_is_refused: "giant-string" with "event" => End::Fault("Trap");
    giant_arguments_are_refused: "giant-string" with "arguments" => End::Fault("Trap");
    giant_room_is_refused: "giant-string" with "room" => End::Fault("Trap");
    giant_state_is_refused: "giant-string" with "state" => End::Fault("Trap");
    giant_data_is_refused: "giant-string" with "data" => End::Fault("Trap");
    giant_log_line_is_refused: "giant-string" with "log" => End::Fault("Trap");
    giant_response_is_refused: "giant-string" with "response" => End::Fault("Trap");

    event_name_beyond_memory_traps: "beyond-memory" => End::Fault("Trap");
    response_beyond_memory_traps: "beyond-memory" with "response" => End::Fault("Trap");
    response_that_is_not_utf8_traps: "invalid-utf8" => End::Fault("Trap");
    event_that_is_not_utf8_traps: "invalid-utf8" with "emit" => End::Fault("Trap");
    response_that_is_not_json_is_an_error: "not-json" => End::Invalid;
    event_that_is_not_json_is_refused: "not-json" with "emit" => End::Answer(|data| refused(data, "invalid-argument"));
    response_of_two_values_is_an_error: "two-values" => End::Invalid;
    event_of_two_values_is_refused: "two-values" with "emit" => End::Answer(|data| refused(data, "invalid-argument"));
    deep_response_is_an_error: "too-deep" => End::Invalid;
    deep_event_is_refused: "too-deep" with "emit" => End::Answer(|data| refused(data, "invalid-argument"));
    response_without_its_attachment_is_an_error: "missing-attachment" => End::Invalid;
    event_without_its_attachment_is_refused: "missing-attachment" with "emit" => End::Answer(|data| {
        refused(data, "invalid-argument")
    });
    response_with_a_million_attachments_traps: "too-many-attachments" => End::Fault("Trap");
    event_with_a_million_attachments_traps: "too-many-attachments" with "emit" => End::Fault("Trap");
    response_with_one_attachment_4000_times_traps: "aliased-attachments" => End::Fault("Trap");
    event_with_one_attachment_4000_times_traps: "aliased-attachments" with "emit" => End::Fault("Trap");
}

const TENANT: &str = "isolation = \"tenant\"";
const SOCKET: &str = "isolation = \"socket\"";

// Where instances are shared, the one that faulted is not used again.
attacks! {
    trap_in_the_tenants_instance: "unreachable", in TENANT => End::Fault("Trap");
    loop_in_the_tenants_instance: "endless-loop", in TENANT => End::Fault("CpuLimitExceeded");
    growth_of_the_tenants_instance: "memory-growth", in TENANT => End::Fault("MemoryLimitExceeded");
    recursion_in_the_tenants_instance: "endless-recursion", in TENANT => End::Fault("StackOverflow");
    sleep_in_the_tenants_instance: "poll-forever", in "isolation = \"tenant\"\n[limits]\nwall = \"500ms\""
        => End::Fault("DeadlineExceeded");
    trap_in_a_sockets_instance: "unreachable", in SOCKET => End::Fault("Trap");
    loop_in_a_sockets_instance: "endless-loop", in SOCKET => End::Fault("CpuLimitExceeded");
    growth_of_a_sockets_instance: "memory-growth", in SOCKET => End::Fault("MemoryLimitExceeded");
    recursion_in_a_sockets_instance: "endless-recursion", in SOCKET => End::Fault("StackOverflow");
    sleep_in_a_sockets_instance: "poll-forever", in "isolation = \"socket\"\n[limits]\nwall = \"500ms\""
        => End::Fault("DeadlineExceeded");
}
