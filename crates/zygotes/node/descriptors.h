// Replacing descriptors of the zygote that all its forks would share.
#pragma once

/// Records the descriptors below `end`, through some of which data could be passed on. Called in the
/// zygote, once nothing more is opened there.
void record_descriptors(int end);

/// In a child: replaces each by a new, empty one of its kind, unless libuv has done so. Called before
/// uv_loop_fork. Returns false on failure.
bool renew_descriptors();
