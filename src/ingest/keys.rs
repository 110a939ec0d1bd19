//! From the keys of a (nested) JSON object to the columns of the dataset.

use rustc_hash::FxHashMap;

/// Objects are flattened down to this depth; what lies deeper is one value.
pub const MAX_FLATTEN: usize = 6;

/// A tree of keys: `{"http":{"status":200}}` leads from the root by `http` to a node, and from it by `status` to a column.
#[derive(Clone, Debug, Default)]
pub struct KeyTree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    column: Option<usize>,
    /// Keys in the order in which they were added.
    keys: Vec<(Vec<u8>, usize)>,
    /// The same as they stand in records.
    expected: Vec<Expected>,
    index: FxHashMap<Vec<u8>, usize>,
}

/// The node of an object's keys, and what is to be known of it for each value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    node: usize,
    /// The column of a value at this place.
    pub column: Option<usize>,
    /// Whether keys lie below this place.
    pub has_children: bool,
}

/// A key with its quotes and colon, and its place.
pub type Expected = (Vec<u8>, Place);

impl KeyTree {
    /// Builds the tree from field paths (`http.status`) and their columns. A key that itself holds dots is found both as
    /// one key and as nested ones.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let mut tree = Self { nodes: vec![Node::default()] };
        for (path, column) in fields {
            tree.add(0, path, column, 0);
        }
        for node in 0..tree.nodes.len() {
            let keys = &tree.nodes[node].keys;
            let expected = keys
                .iter()
                .map(|(key, child)| ([b"\"", key.as_slice(), b"\":"].concat(), tree.place(*child)))
                .collect();
            tree.nodes[node].expected = expected;
        }
        tree
    }

    fn place(&self, node: usize) -> Place {
        let Node { column, keys, .. } = &self.nodes[node];
        Place { node, column: *column, has_children: !keys.is_empty() }
    }

    fn add(&mut self, node: usize, path: &str, column: usize, depth: usize) {
        let leaf = self.child_or_new(node, path.as_bytes());
        self.nodes[leaf].column.get_or_insert(column);
        if depth == MAX_FLATTEN {
            // Nobody comes deeper. A name that is nothing but dots would take its length times its length.
            return;
        }
        // Each dot may separate keys or belong to one. Trying every way doubles with each dot, so past a few of them
        // only "all separate" remains.
        let dots = path.match_indices('.');
        let tried = if path.matches('.').count() <= 4 { usize::MAX } else { 1 };
        for (dot, _) in dots.take(tried) {
            let child = self.child_or_new(node, &path.as_bytes()[..dot]);
            self.add(child, &path[dot + 1..], column, depth + 1);
        }
    }

    fn child_or_new(&mut self, node: usize, key: &[u8]) -> usize {
        if let Some(&child) = self.nodes[node].index.get(key) {
            return child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node].keys.push((key.to_vec(), child));
        self.nodes[node].index.insert(key.to_vec(), child);
        child
    }

    /// Where an object's own keys begin.
    pub fn root(&self) -> Place {
        self.place(0)
    }

    /// The keys of an object in their usual order. A key that has to be escaped is never met that way.
    pub fn expected(&self, object: Place) -> &[Expected] {
        &self.nodes[object.node].expected
    }

    /// The place of a key within an object. `hint` is the position of the last key that was found: records tend to have
    /// their keys in the same order, so the next one is tried first.
    pub fn find(&self, object: Place, key: &[u8], hint: &mut usize) -> Option<Place> {
        let node = &self.nodes[object.node];
        if let Some((expected, child)) = node.keys.get(*hint)
            && expected == key
        {
            *hint += 1;
            return Some(self.place(*child));
        }
        let child = *node.index.get(key)?;
        // Children are numbered in the order of `keys`, so the position follows from a search by child.
        *hint = node.keys.partition_point(|(_, other)| *other < child) + 1;
        Some(self.place(child))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_dotted_keys_lead_to_the_same_column() {
        let tree = KeyTree::new([("a", 0), ("b.c", 1), ("b.d.e", 2)]);
        let mut hint = 0;
        let root = tree.root();
        assert_eq!(tree.find(root, b"a", &mut hint).unwrap().column, Some(0));
        let b = tree.find(root, b"b", &mut 0).unwrap();
        assert_eq!(tree.find(b, b"c", &mut 0).unwrap().column, Some(1));
        assert_eq!(tree.find(root, b"b.c", &mut 0).unwrap().column, Some(1));
        let d = tree.find(b, b"d", &mut 0).unwrap();
        assert_eq!(tree.find(d, b"e", &mut 0).unwrap().column, Some(2));
        assert_eq!(tree.find(b, b"d.e", &mut 0).unwrap().column, Some(2));
        assert!(tree.find(root, b"x", &mut 0).is_none());
    }

    #[test]
    fn a_name_of_many_dots_takes_no_more_nodes_than_can_be_reached() {
        let path = "a.".repeat(500) + "a";
        let tree = KeyTree::new([(path.as_str(), 0)]);
        assert!(tree.nodes.len() <= 2 * (MAX_FLATTEN + 1), "{}", tree.nodes.len());
        assert_eq!(tree.find(tree.root(), path.as_bytes(), &mut 0).unwrap().column, Some(0));
        let deep = KeyTree::new([("a.b.c.d.e.f.g", 0)]);
        let mut place = deep.root();
        for key in ["a", "b", "c", "d", "e", "f", "g"] {
            place = deep.find(place, key.as_bytes(), &mut 0).unwrap();
        }
        assert_eq!(place.column, Some(0), "as deep as objects are flattened");
    }

    #[test]
    fn keys_in_any_order_are_found() {
        let tree = KeyTree::new([("a", 0), ("b", 1), ("c", 2)]);
        let mut hint = 0;
        for (key, column) in [("c", 2), ("a", 0), ("b", 1), ("c", 2)] {
            let place = tree.find(tree.root(), key.as_bytes(), &mut hint).unwrap();
            assert_eq!(place.column, Some(column));
        }
    }
}
