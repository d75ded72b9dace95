// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a directory node and a guest's path to a node beneath it: component by component, ".." pops
// what was walked, links are put in front of what is left. Spec: filesystem.md sections 10 and 12.
#include <string>
#include <string_view>
#include <vector>

#include "warrant/memfs/node.h"

namespace warrant::memfs {

struct Found {
  NodeRef parent;  // the directory that holds the last component; for "." and ".." the node itself
  std::string name;                // the last component, "." and ".." included
  NodeRef node;                    // nullptr: the parent has no such entry
  std::size_t depth = 0;           // of the parent, below the start
  bool must_be_directory = false;  // a slash came last
};

// Follows a last link when asked to, or when a slash comes after it. An entry with a slash behind
// it is a directory or absent.
Result<Found> walk(const NodeRef& start, std::string_view path, cap::Symlinks last);

// The same for who would make the last component: where a link's text ends with a slash and nothing
// is there, it is kIsDir, since only a directory can have that name.
Result<Found> walk_to_create(const NodeRef& start, std::string_view path, cap::Symlinks last);

// The directory that `path` names.
Result<Found> walk_directory(const NodeRef& start, std::string_view path);

}  // namespace warrant::memfs
