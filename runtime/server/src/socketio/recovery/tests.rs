use super::*;

const SETTINGS: Settings = Settings {
    max_disconnection: Duration::from_secs(60),
    heartbeat: Duration::from_secs(45),
    max_missed: 1 << 20,
};

fn log(settings: Settings) -> Log<()> {
    Log::new(settings, Arc::default())
}

fn publish(log: &Log<()>, rooms: &[&str], except: &[&str], text: &'static str) -> String {
    let (number, offset) = log.offset();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let audience = Audience {
        rooms: names(rooms),
        except: names(except),
    };
    log.publish(number, audience, Encoded::Text(text.into()), |_, _| {});
    offset
}

/// Keeps a client that has been there from the log's beginning; answers its secret and its id.
fn save(log: &Log<()>, rooms: &[&str]) -> (SocketId, SocketId) {
    let (pid, id) = (SocketId::random().unwrap(), SocketId::random().unwrap());
    let client = Client {
        id,
        rooms: rooms.iter().map(|room| Arc::from(*room)).collect(),
        since: 0,
        rest: (),
        size: 0,
    };
    log.save(pid, client);
    (pid, id)
}

fn missed(log: &Log<()>, pid: SocketId, offset: Option<&str>) -> Option<Vec<String>> {
    let recovered = log.claim(pid.as_str(), offset)?;
    let texts = log.catch_up(&recovered, |missed, _| {
        let texts = missed.iter().map(|packet| match packet {
            Encoded::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            _ => panic!("{packet:?}"),
        });
        texts.collect()
    });
    Some(texts.unwrap())
}

#[test]
fn client_gets_what_was_for_it_and_came_after_its_offset() {
    let log = log(SETTINGS);
    publish(&log, &[], &[], "before");
    let offset = publish(&log, &["tea"], &[], "seen");
    let (pid, id) = save(&log, &["tea"]);
    publish(&log, &["coffee"], &[], "for others");
    publish(&log, &["tea"], &[], "to a room");
    publish(&log, &[id.as_str()], &[], "to it");
    publish(&log, &[], &["tea"], "not to it");
    publish(&log, &[], &[id.as_str()], "to all but it");
    publish(&log, &[], &[], "to all");
    let missed = missed(&log, pid, Some(&offset)).unwrap();
    assert_eq!(missed, ["to a room", "to it", "to all"]);
}

#[test]
fn client_that_has_seen_nothing_gets_all_since_it_came() {
    let log = log(SETTINGS);
    publish(&log, &[], &[], "before it came");
    let (pid, id) = (SocketId::random().unwrap(), SocketId::random().unwrap());
    let client = Client {
        id,
        rooms: Vec::new(),
        since: log.at_end(|end| end),
        rest: (),
        size: 0,
    };
    publish(&log, &[], &[], "lost on the way");
    log.save(pid, client);
    publish(&log, &[], &[], "missed");
    assert_eq!(
        missed(&log, pid, None).unwrap(),
        ["lost on the way", "missed"]
    );
}

#[test]
fn client_is_recovered_once_and_by_its_secret_only() {
    let log = log(SETTINGS);
    let offset = publish(&log, &[], &[], "seen");
    let (pid, id) = save(&log, &[]);
    assert!(log.claim(id.as_str(), Some(&offset)).is_none());
    assert!(log.claim("", Some(&offset)).is_none());
    assert!(log.claim(pid.as_str(), Some(&offset)).is_some());
    assert!(log.claim(pid.as_str(), Some(&offset)).is_none());
}

#[test]
fn offset_of_something_else_is_none() {
    let log = log(SETTINGS);
    let offset = publish(&log, &[], &[], "seen");
    let other = publish(&self::log(SETTINGS), &[], &[], "elsewhere");
    for wrong in ["", "0", "hello", &other, &offset.replace(".0", ".1")] {
        let (pid, _) = save(&log, &[]);
        assert!(log.claim(pid.as_str(), Some(wrong)).is_none(), "{wrong}");
    }
}

#[test]
fn who_is_away_for_too_long_is_forgotten() {
    let log = log(Settings {
        max_disconnection: Duration::ZERO,
        ..SETTINGS
    });
    let offset = publish(&log, &[], &[], "seen");
    let (pid, _) = save(&log, &[]);
    assert!(log.claim(pid.as_str(), Some(&offset)).is_none());
}

#[test]
fn who_missed_more_than_is_kept_is_a_new_client() {
    let log = log(SETTINGS);
    let offset = publish(&log, &[], &[], "seen");
    let [(pid, _), (other, _)] = [save(&log, &["tea"]), save(&log, &["tea"])];
    for _ in 0..MAX_MISSED {
        publish(&log, &["tea"], &[], "missed");
    }
    let recovered = missed(&log, pid, Some(&offset)).unwrap();
    assert_eq!(recovered.len(), MAX_MISSED);
    publish(&log, &["tea"], &[], "one more");
    assert!(log.claim(other.as_str(), Some(&offset)).is_none());
    let (pid, _) = save(&log, &[]);
    for _ in 0..MAX_EVENTS {
        publish(&log, &["coffee"], &[], "for others");
    }
    assert_eq!(log.lock().events.len(), MAX_EVENTS);
    // None of these was for it, but nobody can know that any more.
    assert!(log.claim(pid.as_str(), Some(&offset)).is_none());
}

#[test]
fn bytes_are_bounded_and_given_back() {
    let budget = Arc::new(Budget::default());
    let log = Log::<()>::new(SETTINGS, budget.clone());
    let large = "x".repeat(1 << 20);
    for _ in 0..40 {
        let (number, _) = log.offset();
        let audience = Audience {
            rooms: Vec::new(),
            except: Vec::new(),
        };
        log.publish(
            number,
            audience,
            Encoded::Text(large.clone().into()),
            |_, _| {},
        );
    }
    let kept = budget.0.load(Ordering::Relaxed);
    assert!((MAX_BYTES / 2..=MAX_BYTES).contains(&kept), "{kept}");
    drop(log);
    assert_eq!(budget.0.load(Ordering::Relaxed), 0);
}
