#pragma once

namespace nacre::runtime {

/// How the operating system ranks the calling thread among others: the larger, the later, as of
/// nice(1).
void set_niceness_of_this_thread(int niceness);

}  // namespace nacre::runtime
