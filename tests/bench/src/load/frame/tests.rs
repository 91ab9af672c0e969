use super::*;

#[test]
fn lengths_are_written_in_the_shortest_form() {
    for (length, header) in [(0, 6), (125, 6), (126, 8), (65_535, 8), (65_536, 14)] {
        let mut output = Vec::new();
        write_text(&mut output, &vec![b'x'; length]);
        assert_eq!(output.len(), header + length);
        assert!(output[header..].iter().all(|byte| byte ^ MASK == b'x'));
    }
}

#[test]
fn a_frame_is_read_once_all_of_it_is_there() {
    let mut input = vec![0x81, 126, 0, 130];
    input.extend([b'x'; 130]);
    for end in 0..input.len() {
        assert_eq!(read(&input[..end]).unwrap(), None);
    }
    input.extend([0x88, 0]);
    assert_eq!(
        read(&input).unwrap(),
        Some((Frame::Text(&[b'x'; 130]), 134))
    );
    assert_eq!(read(&input[134..]).unwrap(), Some((Frame::Close, 2)));
}

#[test]
fn what_no_server_sends_is_an_error() {
    assert!(read(&[0x82, 0]).is_err(), "a binary message");
    assert!(read(&[0x01, 0]).is_err(), "part of a message");
    assert!(read(&[0x81, 0x80]).is_err(), "a mask");
}
