//! Colourings: which columns of a sparse matrix can be computed in one product.
//!
//! Gebremedhin, Manne & Pothen, "What color is your Jacobian?" (SIAM Review 2005), and Gebremedhin,
//! Tarafdar, Manne & Pothen, "New acyclic and star coloring algorithms with application to computing
//! Hessians" (SISC 2007). What a vertex forbids is kept by colour and not by neighbour, so that a vertex
//! with many neighbours costs no more than the number of colours.

use super::Pattern;
use std::collections::HashMap;

/// A colour for each vertex, from 0.
pub(super) type Colours = Vec<u32>;

const NONE: u32 = u32::MAX;

/// The number of colours.
pub(super) fn count(colours: &[u32]) -> usize {
    colours.iter().max().map_or(0, |&c| c as usize + 1)
}

/// The colouring with the fewest colours among those in several orders of the vertices, which are given
/// with their degrees. More than the first is tried only where it can help.
pub(super) fn best(degrees: &[usize], few: usize, colour: impl Fn(&[u32]) -> Colours) -> Colours {
    let natural: Vec<u32> = (0..degrees.len() as u32).collect();
    let mut found = colour(&natural);
    if count(&found) <= few {
        return found;
    }
    let mut largest_first = natural.clone();
    largest_first.sort_by_key(|&v| std::cmp::Reverse(degrees[v as usize]));
    let mut backward = natural;
    backward.reverse();
    for order in [largest_first, backward] {
        let other = colour(&order);
        if count(&other) < count(&found) {
            found = other;
        }
    }
    found
}

/// Colours of the columns such that no row has two elements in columns of one colour.
pub(super) fn columns(pattern: &Pattern, by_column: &Pattern, order: &[u32]) -> Colours {
    let [rows, columns] = pattern.shape();
    let mut colours = vec![NONE; columns];
    // The colours that each row has already.
    let mut used: Vec<Vec<u32>> = vec![Vec::new(); rows];
    let mut forbidden: Vec<u32> = Vec::new();
    for &j in order {
        let of = by_column.row(j as usize);
        for &i in of {
            for &c in &used[i as usize] {
                mark(&mut forbidden, c, j);
            }
        }
        let c = lowest(&forbidden, j);
        colours[j as usize] = c;
        of.iter().for_each(|&i| used[i as usize].push(c));
    }
    colours
}

fn mark(forbidden: &mut Vec<u32>, colour: u32, by: u32) {
    let colour = colour as usize;
    if colour >= forbidden.len() {
        forbidden.resize(colour + 1, NONE);
    }
    forbidden[colour] = by;
}

/// The lowest colour that `v` has not marked.
fn lowest(forbidden: &[u32], v: u32) -> u32 {
    let free = forbidden.iter().position(|&by| by != v);
    free.unwrap_or(forbidden.len()) as u32
}

/// What a vertex knows of the neighbours of one colour.
#[derive(Clone, Copy)]
struct Around {
    colour: u32,
    /// One of them.
    first: u32,
    many: bool,
}

/// Neighbours other than the vertex itself.
fn neighbours(graph: &Pattern, v: u32) -> impl Iterator<Item = u32> + '_ {
    graph.row(v as usize).iter().copied().filter(move |&w| w != v)
}

/// A star colouring of a symmetric pattern: neighbours differ, and every path of four vertices has three
/// colours or more. Each element of the matrix then stands alone in a product with one of two colours.
pub(super) fn star(graph: &Pattern, order: &[u32]) -> Colours {
    let n = graph.shape()[0];
    let mut colours = vec![NONE; n];
    let mut around: Vec<Vec<Around>> = vec![Vec::new(); n];
    // For w the colours of those neighbours that have another neighbour of the colour of w.
    let mut hubs: Vec<Vec<u32>> = vec![Vec::new(); n];
    let mut forbidden: Vec<u32> = Vec::new();
    for &v in order {
        for w in neighbours(graph, v).filter(|&w| colours[w as usize] != NONE) {
            mark(&mut forbidden, colours[w as usize], v);
            hubs[w as usize].iter().for_each(|&c| mark(&mut forbidden, c, v));
        }
        // Between two neighbours of one colour, v must differ from all other neighbours of both.
        let many: Vec<u32> =
            around[v as usize].iter().filter(|a| a.many).map(|a| a.colour).collect();
        if !many.is_empty() {
            for w in neighbours(graph, v).filter(|&w| many.contains(&colours[w as usize])) {
                around[w as usize].iter().for_each(|a| mark(&mut forbidden, a.colour, v));
            }
        }
        let c = lowest(&forbidden, v);
        colours[v as usize] = c;
        for w in neighbours(graph, v) {
            let of_w = colours[w as usize];
            let entry = around[w as usize].iter_mut().find(|a| a.colour == c);
            let Some(entry) = entry else {
                around[w as usize].push(Around { colour: c, first: v, many: false });
                continue;
            };
            let newly = !std::mem::replace(&mut entry.many, true);
            let first = entry.first;
            if of_w != NONE {
                add(&mut hubs[v as usize], of_w);
                if newly {
                    add(&mut hubs[first as usize], of_w);
                }
            }
        }
        for w in neighbours(graph, v).filter(|&w| many.contains(&colours[w as usize])) {
            add(&mut hubs[w as usize], c);
        }
    }
    colours
}

fn add(list: &mut Vec<u32>, item: u32) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// An acyclic colouring of a symmetric pattern: neighbours differ, and every cycle has three colours or
/// more. The elements between two colours then form trees, and are found from the leaves on.
pub(super) fn acyclic(graph: &Pattern, order: &[u32]) -> Colours {
    let n = graph.shape()[0];
    let mut colours = vec![NONE; n];
    // For each vertex and colour of its neighbours, the tree of these two colours that it stands in.
    let mut trees: Vec<Vec<(u32, u32)>> = vec![Vec::new(); n];
    let mut parents: Vec<u32> = Vec::new();
    let mut forbidden: Vec<u32> = Vec::new();
    let mut met: HashMap<u32, u32> = HashMap::new();
    for &v in order {
        met.clear();
        let coloured = |colours: &Colours| -> Vec<u32> {
            neighbours(graph, v).filter(|&w| colours[w as usize] != NONE).collect()
        };
        let near = coloured(&colours);
        near.iter().for_each(|&w| mark(&mut forbidden, colours[w as usize], v));
        for &w in &near {
            for &(c, tree) in &trees[w as usize] {
                // A second way into a tree would close a cycle, if v had the other colour of the tree.
                let tree = root(&mut parents, tree);
                if met.insert(tree, w).is_some_and(|other| other != w) {
                    mark(&mut forbidden, c, v);
                }
            }
        }
        let c = lowest(&forbidden, v);
        colours[v as usize] = c;
        for &w in &near {
            let mut tree = |vertex: u32, colour: u32| {
                let list = &mut trees[vertex as usize];
                if let Some(&(_, tree)) = list.iter().find(|(c, _)| *c == colour) {
                    return tree;
                }
                let tree = parents.len() as u32;
                parents.push(tree);
                list.push((colour, tree));
                tree
            };
            let (a, b) = (tree(v, colours[w as usize]), tree(w, c));
            let (a, b) = (root(&mut parents, a), root(&mut parents, b));
            parents[a as usize] = b;
        }
    }
    colours
}

/// The tree that a tree has become part of.
fn root(parents: &mut [u32], mut tree: u32) -> u32 {
    while parents[tree as usize] != tree {
        let above = parents[parents[tree as usize] as usize];
        parents[tree as usize] = above;
        tree = above;
    }
    tree
}
