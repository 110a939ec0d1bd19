//! Server-sent events (WHATWG HTML, 9.2), fed with chunks of any size.

/// Longest event that is kept, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// Bytes → the data of events.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Bytes of a line that has not ended.
    line: Vec<u8>,
    /// Data of an event that has not ended.
    data: Vec<u8>,
    /// Whether the last line ended with a carriage return, whose line feed may come with the next chunk.
    returned: bool,
    /// Whether any line was read: before, there may be a byte order mark.
    begun: bool,
}

impl Events {
    /// Takes in bytes; gives the data of the events that they end.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for &byte in chunk {
            let line_feed_of_pair = byte == b'\n' && self.returned;
            self.returned = byte == b'\r';
            match byte {
                _ if line_feed_of_pair => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                byte if self.line.len() < MOST_BYTES => self.line.push(byte),
                _ => {}
            }
        }
        events
    }

    /// The stream has ended: gives the data of an event that nothing ended, which some servers leave so.
    pub fn finish(&mut self) -> Option<String> {
        let ended = self.end_line();
        ended.or_else(|| self.end_line())
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let line = if self.begun { &line[..] } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) };
        self.begun = true;
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then(|| String::from_utf8_lossy(&data).into_owned());
        }
        // Comments begin with `:`; other fields don't matter here.
        if let Some(data) = line.strip_prefix(b"data:")
            && self.data.len() + data.len() < MOST_BYTES
        {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn events_end_at_blank_lines_of_any_kind() {
        for end in ["\n", "\r\n", "\r"] {
            let stream =
                format!("\u{feff}data: a{end}data:b{end}{end}: note{end}event: x{end}{end}data: é{end}{end}data: last");
            let mut events = Events::default();
            assert_eq!(events.push(stream.as_bytes()), ["a\nb", "é"], "{end:?}");
            assert_eq!(events.finish().as_deref(), Some("last"));
            assert_eq!(events.finish(), None);
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(lines in prop::collection::vec("(data: ?)?[a-zé:]{0,6}(\n|\r\n|\r)", 0..12), sizes in prop::collection::vec(1_usize..9, 1..40)) {
            let stream = lines.concat().into_bytes();
            let mut whole = Events::default();
            let mut expected = whole.push(&stream);
            expected.extend(whole.finish());
            let (mut events, mut found, mut rest) = (Events::default(), Vec::new(), &stream[..]);
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at(rest.len().min(*size));
                found.extend(events.push(chunk));
                rest = after;
            }
            found.extend(events.finish());
            prop_assert_eq!(found, expected);
        }
    }
}
