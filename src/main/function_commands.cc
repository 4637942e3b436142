#include "main/function_commands.h"

#include <filesystem>

#include "main/connection_options.h"
#include "main/languages.h"
#include "main/replay.h"
#include "main/version.h"
#include "tool/bench.h"
#include "tool/build.h"
#include "tool/check.h"
#include "tool/deploy.h"
#include "tool/init.h"
#include "tool/inventory.h"
#include "tool/logs.h"
#include "tool/project.h"
#include "tool/test_functions.h"

namespace nacre {

namespace {

using tool::exit_status;

tool::sandbox_parts sandbox() {
    return {.languages = make_languages,
            .precompiled = precompiled_guests(),
            .cassandra_version = std::string(cassandra_version)};
}

/// What a command works on: a project's directory, or a file with functions.
struct target {
    std::filesystem::path path = ".";
    std::vector<std::string> signatures;
    bool is_json = false;
    bool is_built = true;

    static std::shared_ptr<target> add_to(CLI::App& command) {
        auto made = std::make_shared<target>();
        command
            .add_option("TARGET", made->path,
                        "A project's directory, a module (.wasm, .wat), a script (.lua, .js) [.]")
            ->type_name("");
        command
            .add_option("--signature", made->signatures,
                        "What the file does not tell: 'fib(n bigint) RETURNS NULL ON NULL INPUT "
                        "RETURNS bigint'; may be given again")
            ->type_name("TEXT")
            ->take_all()
            ->allow_extra_args(false);
        command.add_flag("!--no-build", made->is_built, "Take the module as it was last built");
        command.add_flag("--json", made->is_json, "Results as JSON");
        return made;
    }
};

struct loaded {
    tool::package package;
    std::optional<tool::project> project;
};

// The package of the target, built first if it is a project: or the status with which to end.
std::variant<loaded, exit_status> load(const target& from) {
    loaded made;
    if (!std::filesystem::is_directory(from.path)) {
        auto package = tool::load_file(from.path, from.signatures);
        if (!package) return tool::report(package.error(), from.is_json);
        made.package = std::move(*package);
        return made;
    }
    auto project = tool::read_project(from.path);
    if (!project) return tool::report(project.error(), from.is_json);
    if (from.is_built && !tool::is_script(project->language)) {
        const auto status = tool::build(*project, {.is_quiet = true, .is_json = from.is_json});
        if (status != exit_status::ok) return status;
    }
    auto package = tool::load_project(*project);
    if (!package) return tool::report(package.error(), from.is_json);
    made.package = std::move(*package);
    made.project = std::move(*project);
    return made;
}

template <typename Run>
void run_with(const target& from, int& status, Run run) {
    auto found = load(from);
    if (const auto* ended = std::get_if<exit_status>(&found)) {
        status = static_cast<int>(*ended);
    } else {
        status = static_cast<int>(run(std::get<loaded>(found)));
    }
}

void add_init(CLI::App& function, int& status) {
    auto* command =
        function.add_subcommand("init", "Make a project with a function, tests, README");
    auto request = std::make_shared<tool::init_request>();
    command->add_option("NAME", request->directory, "Its directory, which is made")->required();
    auto language = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const auto& each : tool::language_table) names.emplace_back(each.name);
    command->add_option("--language,-l", *language, "What it is written in")
        ->required()
        ->check(CLI::IsMember(names));
    command->footer(
        "Example:\n  nacre function init words --language cpp && cd words && nacre function test");
    command->callback([request, language, &status] {
        request->language = *tool::language_by_name(*language);
        status = static_cast<int>(tool::init(*request));
    });
}

void add_build(CLI::App& function, int& status) {
    auto* command = function.add_subcommand("build", "Compile a project's module, small and fast");
    auto directory = std::make_shared<std::filesystem::path>(".");
    auto is_json = std::make_shared<bool>(false);
    command->add_option("PROJECT", *directory, "Its directory [.]")->type_name("");
    command->add_flag("--json", *is_json, "Results as JSON");
    command->callback([directory, is_json, &status] {
        const auto project = tool::read_project(*directory);
        status = static_cast<int>(project ? tool::build(*project, {.is_json = *is_json})
                                          : tool::report(project.error(), *is_json));
    });
}

void add_check(CLI::App& function, int& status) {
    auto* command = function.add_subcommand("check", "Say what a server would say, without one");
    auto from = target::add_to(*command);
    command->footer("Example:\n  nacre function check fib.wasm");
    command->callback([from, &status] {
        run_with(*from, status, [&](const loaded& found) {
            return tool::check(found.package, sandbox(), from->is_json);
        });
    });
}

void add_test(CLI::App& function, int& status) {
    auto* command = function.add_subcommand(
        "test", "Run declared cases, nulls and edge values in the server's sandbox");
    auto from = target::add_to(*command);
    auto files = std::make_shared<std::vector<std::filesystem::path>>();
    auto request = std::make_shared<tool::test_request>();
    command->add_option("--cases", *files, "Files of cases [those of the project]")
        ->type_name("FILE");
    command->add_flag("!--no-edges", request->tries_edges, "Only the cases, no further values");
    command->add_flag("--output", request->shows_output, "Show what functions write");
    command->footer(
        "Examples:\n  nacre function test\n"
        "  nacre function test fib.wasm --cases fib.cases");
    command->callback([from, files, request, &status] {
        run_with(*from, status, [&](const loaded& found) {
            request->is_json = from->is_json;
            request->files = *files;
            if (files->empty() && found.project) {
                for (const auto& file : found.project->tests) {
                    request->files.push_back(found.project->directory / file);
                }
            }
            return tool::test_functions(found.package, sandbox(), *request);
        });
    });
}

void add_bench(CLI::App& function, int& status) {
    auto* command = function.add_subcommand("bench", "Nanoseconds and fuel a row");
    auto from = target::add_to(*command);
    auto request = std::make_shared<tool::bench_request>();
    command->add_option("--function", request->function, "Only this one [all]")->type_name("NAME");
    command
        ->add_option("--row", request->rows,
                     "Arguments to call with, '(1, ''a'')'; may be given again [samples]")
        ->type_name("(…)")
        ->take_all()
        ->allow_extra_args(false);
    command->add_option("--csv", request->csv, "Rows from a file, whose first line names arguments")
        ->type_name("FILE");
    command->add_option("--batch", request->batch_rows, "Rows a call [1000]")
        ->check(CLI::Range(1, 100'000));
    command->add_option("--seconds", request->seconds, "How long each function runs [0.5]")
        ->check(CLI::Range(0.01, 600.0));
    command->footer("Example:\n  nacre function bench --function fib --row '(20)' --row '(25)'");
    command->callback([from, request, &status] {
        run_with(*from, status, [&](const loaded& found) {
            request->is_json = from->is_json;
            return tool::bench(found.package, sandbox(), *request);
        });
    });
}

void add_deploy(CLI::App& function, int& status) {
    auto* command =
        function.add_subcommand("deploy", "Create or replace the functions in a server");
    auto from = target::add_to(*command);
    auto request = std::make_shared<tool::deploy_request>();
    auto is_checked = std::make_shared<bool>(true);
    command->add_option("--keyspace,-k", request->keyspace, "Where [as nacre.yaml says]")
        ->type_name("NAME");
    command->add_flag("--create-keyspace", request->creates_keyspace, "Make it if it is not there");
    command->add_flag("!--no-check", *is_checked, "Send it without trying it here first");
    auto options = connection_options::add_to(*command);
    command->footer(
        "Examples:\n  nacre function deploy --contact db1:9042 --user ann\n"
        "  nacre function deploy fib.wasm --keyspace shop");
    command->callback([from, request, is_checked, options, &status] {
        run_with(*from, status, [&](const loaded& found) {
            request->is_json = from->is_json;
            if (request->keyspace.empty() && found.project) {
                request->keyspace = found.project->keyspace;
            }
            if (request->keyspace.empty()) {
                return tool::report(tool::unusable("which keyspace? say --keyspace NAME"),
                                    from->is_json);
            }
            auto server = options->server();
            if (!server) return tool::report(server.error(), from->is_json);
            request->server = std::move(*server);
            if (*is_checked) {
                if (const auto refused = tool::find_refusal(found.package, sandbox())) {
                    return tool::report(*refused, from->is_json);
                }
            }
            return tool::deploy(found.package, *request);
        });
    });
}

// list, show, logs and drop: what is asked, of which server.
template <typename Run>
CLI::App* add_inventory(CLI::App& function, int& status, const char* name, const char* help,
                        bool needs_name, Run run) {
    auto* command = function.add_subcommand(name, help);
    auto request = std::make_shared<tool::inventory_request>();
    auto* option = command->add_option("NAME", request->name, "fib, fib(bigint) or shop.fib");
    option->required(needs_name);
    command->add_option("--keyspace,-k", request->keyspace, "Only there")->type_name("NAME");
    command->add_flag("--json", request->is_json, "Results as JSON");
    auto options = connection_options::add_to(*command);
    command->callback([request, options, run, &status] {
        auto server = options->server();
        if (!server) {
            status = static_cast<int>(tool::report(server.error(), request->is_json));
            return;
        }
        request->server = std::move(*server);
        status = static_cast<int>(run(*request));
    });
    return command;
}

void add_server_commands(CLI::App& function, int& status) {
    add_inventory(function, status, "list", "The functions of a server, with what they cost", false,
                  tool::list_functions);
    add_inventory(function, status, "show", "All about a function: cost, memory, errors", true,
                  tool::show_function)
        ->footer("Example:\n  nacre function show 'shop.fib(bigint)'");
    auto follows = std::make_shared<bool>(false);
    add_inventory(function, status, "logs", "What functions wrote", false,
                  [follows](const tool::inventory_request& request) {
                      return tool::show_logs(request, *follows);
                  })
        ->add_flag("--follow,-f", *follows, "Go on with what comes, until interrupted");
    auto if_exists = std::make_shared<bool>(false);
    add_inventory(function, status, "drop", "Drop a function or an aggregate", true,
                  [if_exists](const tool::inventory_request& request) {
                      return tool::drop_function(request, *if_exists);
                  })
        ->add_flag("--if-exists", *if_exists, "It is fine if there is none");
}

void add_replay(CLI::App& function, int& status) {
    auto request = std::make_shared<replay_request>();
    auto* command = function.add_subcommand(
        "replay", "Make a captured call again and compare the outcome with what was recorded");
    command->add_option("FILE", request->file, "From the directory captures/ of a server's data")
        ->required();
    command->add_option("--rows", request->rows, "Only the first rows of the batch [all]")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->callback([request, &status] { status = replay(*request); });
}

}  // namespace

void add_function_commands(CLI::App& app, int& status) {
    auto* function = app.add_subcommand("function", "Write, test, deploy and watch functions");
    function->require_subcommand(1);
    function->footer(
        "Exit status: 0 done; 1 a test failed or something was refused; 2 wrong usage;\n"
        "3 a program is missing; 4 no server, or no login.");
    add_init(*function, status);
    add_build(*function, status);
    add_check(*function, status);
    add_test(*function, status);
    add_bench(*function, status);
    add_deploy(*function, status);
    add_server_commands(*function, status);
    add_replay(*function, status);
}

}  // namespace nacre
