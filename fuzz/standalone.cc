// Runs a fuzz target without libFuzzer, for builds that are not instrumented: the inputs of a
// corpus, then inputs made of them and of nothing with fixed seeds, as many as fit the time.
//
//     TARGET SECONDS CORPUS…

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using clock_type = std::chrono::steady_clock;

std::vector<std::string> read_corpus(int count, char** paths) {
    std::vector<std::filesystem::path> files;
    for (int i = 0; i < count; ++i) {
        if (!std::filesystem::is_directory(paths[i])) {
            files.emplace_back(paths[i]);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(paths[i])) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    std::vector<std::string> corpus;
    for (const auto& path : files) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

// An input of the corpus with some bytes changed, cut or repeated, or random bytes.
std::string make_input(const std::vector<std::string>& corpus, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
    std::string made;
    if (corpus.empty() || below(4) == 0) {
        made.resize(below(600));
        for (char& c : made) c = static_cast<char>(random());
        return made;
    }
    made = corpus[below(corpus.size())];
    for (auto changes = below(8) + 1; changes > 0 && !made.empty(); --changes) {
        const auto at = below(made.size());
        switch (below(4)) {
            case 0:
                made.resize(at);
                break;
            case 1:
                made.insert(at, made.substr(below(made.size()), below(32)));
                break;
            default:
                made[at] = static_cast<char>(random());
        }
    }
    return made;
}

// What was run last stays behind if the target ends the process.
void keep(const std::string& path, const std::string& input) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << input;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s SECONDS CORPUS...\n", argv[0]);
        return 2;
    }
    const auto end = clock_type::now() + std::chrono::duration<double>(std::atof(argv[1]));
    const auto corpus = read_corpus(argc - 2, argv + 2);
    const auto current = std::string(argv[0]) + ".input";
    std::uint64_t runs = 0;
    const auto run = [&](const std::string& input) {
        keep(current, input);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        ++runs;
    };
    run("");
    for (const auto& input : corpus) run(input);
    for (std::uint64_t seed = 1; clock_type::now() < end; ++seed) run(make_input(corpus, seed));
    std::filesystem::remove(current);
    std::printf("%s: %llu inputs, %zu of them from the corpus\n", argv[0],
                static_cast<unsigned long long>(runs), corpus.size());
    std::fflush(stdout);
    std::_Exit(0);  // shards and compiling threads are not joined
}
