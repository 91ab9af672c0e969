//! Payloads that are too large, too deep or a lie: each is answered, or ends the connection before it costs memory.

use serde_json::{Value, json};

use super::{echoes, server, unharmed};
use crate::harness::{Stockade, Wire, wire::BINARY};

fn bad_request(answer: &Value) -> bool {
    answer["status"] == "error" && answer["error"]["code"] == "BAD_REQUEST"
}

#[tokio::test]
async fn payload_over_the_limit_is_refused() {
    let (mut server, before) = server("[limits]\npayload = \"10KB\"").await;
    let mut client = Wire::connect(&server.addr).await;
    let text = |length| json!("x".repeat(length)).to_string();
    assert_eq!(client.ask("echo", &text(9_000)).await["status"], "ok");
    assert!(bad_request(&client.ask("echo", &text(10_100)).await));
    assert!(echoes(&mut client).await);
    // Far over it, nobody reads to the end.
    let _ = client.emit("echo", &text(1_000_000)).await;
    assert!(!echoes(&mut client).await);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn giant_packets_end_the_connection_before_they_are_there() {
    let (mut server, before) = server("").await;
    let giant = json!("x".repeat(30 << 20)).to_string();
    for _ in 0..5 {
        let mut client = Wire::connect(&server.addr).await;
        let _ = client.emit("echo", &giant).await;
        assert!(!echoes(&mut client).await);
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn deep_payloads_are_refused() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for depth in [65, 1_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(
                bad_request(&client.ask("echo", &deep).await),
                "{depth} of {open}"
            );
        }
        // Never closed: not JSON, and as deep.
        let id = client.emit("echo", &"[".repeat(depth)).await.unwrap();
        if let Some(answer) = client.ack(id).await {
            assert!(bad_request(&answer), "{answer}");
        } else {
            client = Wire::connect(&server.addr).await;
        }
    }
    let fits = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(client.ask("echo", &fits).await["status"], "ok");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn brackets_in_strings_are_not_depth() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let brackets = json!({ "\\\"[[[": "[".repeat(10_000), "b": "\\" }).to_string();
    assert_eq!(client.ask("echo", &brackets).await["status"], "ok");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn arguments_that_are_too_many_or_too_deep_are_refused() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for count in [65, 400_000] {
        let many = vec!["0"; count].join(",");
        assert!(bad_request(&client.ask("echo", &many).await), "{count}");
    }
    let deep = format!("1,{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(bad_request(&client.ask("echo", &deep).await));
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn giant_event_name_is_not_found() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let answer = client.ask(&"x".repeat(900_000), "1").await;
    assert_eq!(answer["error"]["code"], "EVENT_NOT_FOUND", "{answer}");
    assert!(answer.to_string().len() < 1_000, "the name comes back");
    let log = server.log();
    let longest = log.iter().map(|line| line.to_string().len()).max().unwrap();
    assert!(longest < 16_000, "a line of {longest} bytes");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn event_name_with_escapes_is_a_name_like_any_other() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for name in [
        "\"quoted\"",
        "back\\slash",
        "two\nlines",
        "\u{1b}[31mred",
        "\0",
    ] {
        let answer = client.ask(name, "1").await;
        assert_eq!(answer["error"]["code"], "EVENT_NOT_FOUND", "{name:?}");
    }
    client.text("42500[\"\\u0065cho\",7]").await.unwrap();
    assert_eq!(client.ack(500).await.unwrap()["data"], 7);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn odd_numbers_and_texts_are_passed_on_or_refused() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let million = format!("1{}", "0".repeat(500_000));
    let fraction = format!("0.{}1", "0".repeat(500_000));
    for payload in [
        "1e999999",
        "-1e999999",
        "1e-999999",
        "-0",
        "0.1e400",
        "9007199254740993",
        "18446744073709551616",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u0000\"",
        "{\"\\ud800\":1}",
        "{\"__proto__\":{\"a\":1}}",
        "{\"a\":1,\"a\":2}",
        "[1,]",
        "01",
        "+1",
        "NaN",
        "Infinity",
        "'a'",
        "\"\u{7f}\"",
        "\"\u{2028}\"",
        "\u{feff}1",
        &million,
        &fraction,
    ] {
        // Where the text is to be a tree, what it cannot hold is the client's fault, not a fault of the host.
        for event in ["echo", "create product"] {
            let id = client.emit(event, payload).await.unwrap();
            let Some(answer) = client.ack(id).await else {
                client = Wire::connect(&server.addr).await;
                continue;
            };
            let code = answer["error"]["code"].as_str();
            let expected = [None, Some("BAD_REQUEST"), Some("VALIDATION_PAYLOAD_ERROR")];
            assert!(
                expected.contains(&code),
                "{event} {}: {answer}",
                &payload[..payload.len().min(40)]
            );
            assert_eq!(client.acks(id), 1);
        }
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn ids_of_acknowledgements_are_kept_to_the_last_digit() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for id in ["0", "9007199254740993", "9223372036854775807"] {
        client.text(&format!("42{id}[\"empty\"]")).await.unwrap();
        let ack = client.packet().await.unwrap();
        assert_eq!(
            ack,
            crate::harness::wire::Packet::Text(format!("43{id}[{{\"status\":\"ok\"}}]"))
        );
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn attachments_that_lie_are_refused() {
    let (mut server, before) = server("").await;
    for (header, attachments) in [
        // Refers to one that is not there.
        ("451-0[\"echo\",{\"_placeholder\":true,\"num\":1}]", 1),
        ("451-0[\"echo\",{\"_placeholder\":true,\"num\":-1}]", 1),
        ("451-0[\"echo\",{\"_placeholder\":true,\"num\":1e300}]", 1),
        ("451-0[\"echo\",{\"_placeholder\":true,\"num\":\"0\"}]", 1),
        ("451-0[\"echo\",{\"_placeholder\":true}]", 1),
        (
            "452-0[\"echo\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":2}]]",
            2,
        ),
        // Text only.
        ("420[\"echo\",{\"_placeholder\":true,\"num\":0}]", 0),
        (
            "420[\"echo\",[[{\"_placeholder\":true,\"num\":4294967296}]]]",
            0,
        ),
    ] {
        let mut client = Wire::connect(&server.addr).await;
        client.text(header).await.unwrap();
        for _ in 0..attachments {
            client.frame(BINARY, &[1, 2, 3]).await.unwrap();
        }
        let answer = client.ack(0).await.unwrap();
        assert!(bad_request(&answer), "{header}: {answer}");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn attachments_that_nobody_refers_to_are_harmless() {
    let (mut server, before) = server("").await;
    for header in [
        "452-0[\"echo\",1]",
        "452-0[\"echo\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]]",
        "452-0[\"echo\",{\"_placeholder\":false,\"num\":9}]",
        "452-0[\"echo\",{\"\\u005fplaceholder\":true,\"num\":9}]",
        "452-0[{\"_placeholder\":true,\"num\":0}]",
        "452-0[\"echo\"]",
    ] {
        let mut client = Wire::connect(&server.addr).await;
        client.text(header).await.unwrap();
        // Fails where the header has ended the connection already.
        let _ = client.frame(BINARY, &[1]).await;
        let _ = client.frame(BINARY, &[2]).await;
        // Answered, or the connection ends; the next event is another one.
        let _ = client.packet().await;
        let mut other = Wire::connect(&server.addr).await;
        assert!(echoes(&mut other).await, "{header}");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn too_many_or_too_large_attachments_end_the_connection() {
    let (mut server, before) = server("").await;
    for announced in ["65", "1000000", "18446744073709551615"] {
        let mut client = Wire::connect(&server.addr).await;
        client
            .text(&format!("45{announced}-0[\"echo\"]"))
            .await
            .unwrap();
        assert!(!echoes(&mut client).await, "{announced}");
    }
    let mut client = Wire::connect(&server.addr).await;
    client.text("4564-0[\"echo\"]").await.unwrap();
    for _ in 0..64 {
        if client.frame(BINARY, &vec![0; 900_000]).await.is_err() {
            break;
        }
    }
    assert!(!echoes(&mut client).await);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn auth_that_is_no_good_refuses_the_connection() {
    let (mut server, before) = server("").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let million = format!("{{\"a\":{}}}", "9".repeat(900_000));
    for auth in [
        "{",
        "[",
        "{\"a\":}",
        "{\"a\":1}}",
        "{\"a\":\"\u{1}\"}",
        &deep,
    ] {
        let mut client = Wire::open(&server.addr).await;
        let answer = client.join(&format!("40{auth}"), "40").await;
        assert!(
            answer.starts_with("44"),
            "{}: {answer}",
            &auth[..auth.len().min(20)]
        );
        assert!(answer.len() < 1_000, "auth comes back");
        assert!(
            client.join("40", "40").await.starts_with("40{"),
            "may try again"
        );
    }
    // JSON of any kind is the guest's to judge.
    for auth in [
        "null",
        "[]",
        "\"text\"",
        "{\"refuse\":1e999}",
        "{\"token\":\"\\ud800\"}",
        &million,
    ] {
        let mut client = Wire::open(&server.addr).await;
        let _ = client.text(&format!("40{auth}")).await;
        let _ = client.packet().await;
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn clients_answer_to_a_question_is_checked() {
    let server = Stockade::run("caller").await;
    let mut client = Wire::connect(&server.addr).await;
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("[\"{}\"]", "x".repeat(990_000));
    let many = format!("[{}]", vec!["0"; 400_000].join(","));
    for answer in [
        "[]",
        "[1,2,3]",
        "{}",
        "[",
        "[1e999999]",
        "[\"\\ud800\"]",
        &deep,
        &large,
        &many,
    ] {
        let id = client
            .emit("ask", "{\"event\":\"question\",\"timeout\":2000}")
            .await
            .unwrap();
        let question = loop {
            let packet = client.packet().await.expect("a question");
            if let crate::harness::wire::Packet::Text(text) = packet
                && let Some(id) = text
                    .strip_prefix("42")
                    .and_then(|text| text.split('[').next())
            {
                break id.to_owned();
            }
        };
        // Twice: the second is an answer to nothing.
        for _ in 0..2 {
            client.text(&format!("43{question}{answer}")).await.unwrap();
        }
        let Some(ack) = client.ack(id).await else {
            client = Wire::connect(&server.addr).await;
            continue;
        };
        // The guest passes on what it gets, numbers included that this test cannot read.
        assert!(
            ack["status"] == "ok" || ack["status"] == "unreadable",
            "{ack}"
        );
        assert_eq!(client.acks(id), 1);
    }
    let mut other = Wire::connect(&server.addr).await;
    assert_eq!(other.ask("rooms", "{}").await["status"], "ok");
}

#[tokio::test]
async fn patterns_take_linear_time_on_any_text() {
    let server = Stockade::run("regex-backtracking").await;
    let mut client = Wire::connect(&server.addr).await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let id = client
        .emit(
            "attack",
            &json!(format!("{}b", "a".repeat(900_000))).to_string(),
        )
        .await
        .unwrap();
    let asked = std::time::Instant::now();
    assert_eq!(neighbour.ask("ping", "null").await["data"], "pong");
    let answer = client.ack(id).await.unwrap();
    assert_eq!(
        answer["error"]["code"], "VALIDATION_PAYLOAD_ERROR",
        "{answer}"
    );
    assert!(
        asked.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
}
