// Descriptors of the zygote's that a fork would share with all other forks.
#pragma once

/// Notes those below `end` through which something could be passed on. To be called in the zygote, once
/// nothing more is opened there.
void note_descriptors(int end);

/// In a child: puts in the place of each, where libuv has not done so, another of its kind in which nothing
/// is. To be called before libuv's loop is told of the fork. False where that did not work.
bool renew_descriptors();
