# SPDX-License-Identifier: GPL-3.0-or-later
# Build rules of all targets, and functions for the three kinds of targets.
include_guard(GLOBAL)
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_AUTOMOC ON)
set(CMAKE_AUTORCC ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
option(ROOKERY_PRECOMPILE "Compile the headers of Qt and of the standard library once for all sources" ON)
option(ROOKERY_UNITY "Compile several sources as one: less work for a whole build, more after a change" OFF)
# Function names and lines, enough for a backtrace: types and variables are two thirds of the debug information.
string(REGEX REPLACE "-g( |$)" "-g1\\1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
find_program(ROOKERY_MOLD mold)
find_program(ROOKERY_CCACHE ccache)
if(ROOKERY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this ccache does not cache files compiled with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${ROOKERY_CCACHE}")
endif()

add_library(rookery_rules INTERFACE)
target_include_directories(rookery_rules INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(rookery_rules INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CONTEXTLESS_CONNECT QT_NO_FOREACH QT_NO_KEYWORDS
  QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
  ROOKERY_VERSION="${PROJECT_VERSION}")
target_compile_options(rookery_rules INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${ROOKERY_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # False positive for std::variant and std::optional members since GCC 13 (bug 109561): a warning, not an error.
  target_compile_options(rookery_rules INTERFACE -Wno-error=maybe-uninitialized)
endif()
if(ROOKERY_FUZZ)
  set(ROOKERY_SANITIZE fuzzer-no-link,address,undefined)
  target_compile_options(rookery_rules INTERFACE -fno-sanitize-recover=all)
endif()
if(ROOKERY_SANITIZE)
  # With all assertions of Qt's and the standard library's headers: they catch errors that stay within valid memory.
  # -O1: instrumented code is large, and with little optimisation it builds in half the time.
  target_compile_definitions(rookery_rules INTERFACE QT_FORCE_ASSERTS _GLIBCXX_ASSERTIONS)
  target_compile_options(rookery_rules INTERFACE -O1 -g1 -UNDEBUG -fsanitize=${ROOKERY_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(rookery_rules INTERFACE -fsanitize=${ROOKERY_SANITIZE})
  if(ROOKERY_SANITIZE MATCHES "undefined")
    # This check opens a pipe to test whether memory is readable, and reports a false error in a process without free
    # descriptors, which some tests cause.
    target_compile_options(rookery_rules INTERFACE -fno-sanitize=vptr)
  endif()
endif()

if(ROOKERY_MOLD AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT ROOKERY_SANITIZE)
  target_link_options(rookery_rules INTERFACE -fuse-ld=mold)
endif()

# rookery_compile_quickly(TARGET): tests spend their time in the libraries, and are most of what is compiled: without
# optimisation that takes half of the time.
function(rookery_compile_quickly target)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT ROOKERY_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# rookery_precompiled(NAME HEADERS header... LINK target... [QUICKLY]): headers that are compiled once for the targets that
# use NAME, with the same optimisation as theirs. Sources must include what they need all the same: a build with
# ROOKERY_PRECOMPILE off must pass, too.
function(rookery_precompiled name)
  cmake_parse_arguments(ARG "QUICKLY" "" "HEADERS;LINK" ${ARGN})
  set(source "${CMAKE_BINARY_DIR}/${name}.cpp")
  file(GENERATE OUTPUT "${source}" CONTENT "// Only so that the headers have a target.\n")
  add_library(${name} OBJECT "${source}")
  set_target_properties(${name} PROPERTIES AUTOMOC OFF AUTORCC OFF)
  target_link_libraries(${name} PRIVATE rookery_rules ${ARG_LINK})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  if(ARG_QUICKLY)
    rookery_compile_quickly(${name})
  endif()
endfunction()

set(rookery_headers <algorithm> <array> <chrono> <deque> <functional> <map> <memory> <optional> <string> <utility>
  <variant> <vector> <QByteArray> <QCoreApplication> <QDateTime> <QDir> <QEvent> <QFile> <QHash> <QJsonArray>
  <QJsonDocument> <QJsonObject> <QList> <QObject> <QPointer> <QString> <QStringList> <QThread> <QTimer> <QUrl>
  <QVariant>)
set(rookery_widgets_headers <QApplication> <QLabel> <QLayout> <QMenu> <QPainter> <QPushButton> <QSettings>)
set(rookery_precompile OFF)
# Clang accepts one only with identical definitions; builds with sanitizers and fuzzers use none.
if(ROOKERY_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT ROOKERY_SANITIZE AND NOT ROOKERY_FUZZ)
  set(rookery_precompile ON)
  rookery_precompiled(rookery_headers_core HEADERS ${rookery_headers} LINK Qt6::Core)
endif()

# rookery_use_precompiled(TARGET NAME): if they exist.
function(rookery_use_precompiled target name)
  if(rookery_precompile AND TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    target_compile_options(${target} PRIVATE -Winvalid-pch -fpch-preprocess)
  endif()
endfunction()

# rookery_accept_batches(TARGET): GCC takes an included source for a header, and warns of its anonymous namespaces.
function(rookery_accept_batches target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# rookery_use_unity(TARGET): compiles up to eight sources of the target as one, if ROOKERY_UNITY is set: in one batch, the
# other core would have nothing to do at the end. The sources of a target must not use one name for two things, not even in
# anonymous namespaces, and undefine their macros.
function(rookery_use_unity target)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(LENGTH sources count)
  if(ROOKERY_UNITY AND count GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    rookery_accept_batches(${target})
  endif()
endfunction()

# rookery_library(NAME SOURCES file... LINK target...): one folder's static library.
function(rookery_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC rookery_rules Qt6::Core ${ARG_LINK})
  rookery_use_unity(${name})
  if("Qt6::Widgets" IN_LIST ARG_LINK)
    rookery_use_precompiled(${name} rookery_headers_widgets)
  else()
    rookery_use_precompiled(${name} rookery_headers_core)
  endif()
endfunction()

# rookery_holds_objects(VARIABLE file...): whether a header beside one of the files has QObjects.
function(rookery_holds_objects variable)
  set(${variable} FALSE PARENT_SCOPE)
  foreach(source IN LISTS ARGN)
    cmake_path(REPLACE_EXTENSION source LAST_ONLY h OUTPUT_VARIABLE header)
    cmake_path(ABSOLUTE_PATH header BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    if(EXISTS "${header}")
      file(STRINGS "${header}" objects REGEX "Q_(OBJECT|GADGET|NAMESPACE)")
      if(objects)
        set(${variable} TRUE PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

# rookery_test_moc(TARGET file...): moc for the sources of a test that include their own .moc. AUTOMOC would add a step to
# each of 190 programs and compile a source that is empty; it stays for tests with QObjects in headers.
function(rookery_test_moc target)
  rookery_holds_objects(objects ${ARGN})
  if(objects)
    return()
  endif()
  set_target_properties(${target} PROPERTIES AUTOMOC OFF AUTORCC OFF)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_moc")
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM stem)
    set(include)
    if(source MATCHES "\\.cpp$")
      file(STRINGS "${source}" include REGEX "^#include \"${stem}\\.moc\"$")
    endif()
    if(include)
      qt_generate_moc("${source}" "${folder}/${stem}.moc" TARGET ${target})
      target_sources(${target} PRIVATE "${folder}/${stem}.moc")
      target_include_directories(${target} PRIVATE "${folder}")
    endif()
  endforeach()
endfunction()

# rookery_test_precompiled(TARGET LINK target...)
function(rookery_test_precompiled target)
  get_target_property(optimised ${target} ROOKERY_OPTIMISED)
  if(optimised)
    return()
  endif()
  rookery_compile_quickly(${target})
  if("${ARGN}" MATCHES "Qt6::Widgets|rookery_client_(app|models|session|timeline|views)|rookery_test_(client_ui|sessionwire)")
    rookery_use_precompiled(${target} rookery_headers_widgets_test)
  else()
    rookery_use_precompiled(${target} rookery_headers_test)
  endif()
endfunction()

# rookery_test_sources(NAME file...): what a test is made of.
function(rookery_test_sources name)
  get_target_property(link ${name} ROOKERY_LINK)
  target_sources(${name} PRIVATE ${ARGN})
  rookery_test_moc(${name} ${ARGN})
  rookery_use_unity(${name})
  rookery_test_precompiled(${name} ${link})
endfunction()

# rookery_test_batch(test...): compiles the sources of these tests as one. Each stays a program of its own, whose main()
# calls the one of its source.
function(rookery_test_batch)
  list(LENGTH ARGN count)
  list(GET ARGN 0 first)
  get_target_property(link ${first} ROOKERY_LINK)
  if(count EQUAL 1)
    get_target_property(source ${first} ROOKERY_SOURCE)
    rookery_test_sources(${first} "${source}")
    return()
  endif()
  set(batch ${first}_batch)
  set(includes)
  set(sources)
  foreach(test IN LISTS ARGN)
    get_target_property(source ${test} ROOKERY_SOURCE)
    list(APPEND sources "${source}")
    string(APPEND includes "#define main ${test}_main\n#include \"${source}\"\n#undef main\n")
    set(main "${CMAKE_CURRENT_BINARY_DIR}/${test}_main.cpp")
    file(CONFIGURE OUTPUT "${main}" CONTENT
      "int ${test}_main(int, char **);\nint main(int argc, char **argv)\n{\n    return ${test}_main(argc, argv);\n}\n")
    target_sources(${test} PRIVATE "${main}" $<TARGET_OBJECTS:${batch}>)
    set_target_properties(${test} PROPERTIES AUTOMOC OFF AUTORCC OFF)
  endforeach()
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${batch}.cpp" CONTENT "${includes}")
  add_library(${batch} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${batch}.cpp")
  target_link_libraries(${batch} PRIVATE rookery_rules Qt6::Core Qt6::Network Qt6::Test ${link})
  rookery_test_moc(${batch} ${sources})
  rookery_accept_batches(${batch})
  rookery_test_precompiled(${batch} ${link})
endfunction()

# rookery_batch_tests(): the tests of this folder that link the same, in equal batches of up to eight.
function(rookery_batch_tests)
  get_property(tests DIRECTORY PROPERTY ROOKERY_TESTS)
  while(tests)
    list(GET tests 0 first)
    get_target_property(link ${first} ROOKERY_LINK)
    set(alike)
    foreach(test IN LISTS tests)
      get_target_property(other ${test} ROOKERY_LINK)
      if(other STREQUAL link)
        list(APPEND alike ${test})
      endif()
    endforeach()
    list(REMOVE_ITEM tests ${alike})
    list(LENGTH alike count)
    math(EXPR batches "(${count} + 7) / 8")
    math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
    while(alike)
      list(SUBLIST alike 0 ${size} batch)
      list(REMOVE_ITEM alike ${batch})
      rookery_test_batch(${batch})
    endwhile()
  endwhile()
endfunction()

# rookery_test(NAME SOURCES file... LINK target... [LABELS label...] [TIMEOUT seconds] [ALONE] [OPTIMISED]): one QtTest executable, run by
# CTest without a display and in a home of its own, so that it never reads or writes what belongs to the person who runs it.
# With ROOKERY_UNITY the tests of a folder that have one source are compiled together; not those that are ALONE, which have
# definitions of their own, nor folders that set rookery_tests_alone. OPTIMISED is for tests that are ALONE or of several
# sources and spend their time in their own code.
function(rookery_test name)
  cmake_parse_arguments(ARG "ALONE;OPTIMISED" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name})
  target_link_libraries(${name} PRIVATE rookery_rules Qt6::Core Qt6::Network Qt6::Test ${ARG_LINK})
  set_target_properties(${name} PROPERTIES ROOKERY_LINK "${ARG_LINK}" ROOKERY_OPTIMISED ${ARG_OPTIMISED})
  set(source ${ARG_SOURCES})
  list(FILTER source INCLUDE REGEX "\\.cpp$")
  list(LENGTH source count)
  rookery_holds_objects(objects ${ARG_SOURCES})
  if(ROOKERY_UNITY AND count EQUAL 1 AND NOT objects AND NOT ARG_ALONE AND NOT rookery_tests_alone)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_target_properties(${name} PROPERTIES ROOKERY_SOURCE "${source}")
    get_property(tests DIRECTORY PROPERTY ROOKERY_TESTS)
    if(NOT tests)
      cmake_language(DEFER CALL rookery_batch_tests)
    endif()
    set_property(DIRECTORY APPEND PROPERTY ROOKERY_TESTS ${name})
  else()
    rookery_test_sources(${name} ${ARG_SOURCES})
  endif()
  if(ROOKERY_SANITIZE MATCHES thread)
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support/dispatcher.cpp")
    target_link_libraries(${name} PRIVATE rookery_net)
  endif()
  set(home "${CMAKE_BINARY_DIR}/test-home/${name}")
  file(MAKE_DIRECTORY "${home}")
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(ROOKERY_SANITIZE)
    math(EXPR ARG_TIMEOUT "5 * ${ARG_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;HOME=${home};XDG_DATA_HOME=${home}/data;XDG_CONFIG_HOME=${home}/config;XDG_CACHE_HOME=${home}/cache;ROOKERY_TEST_DAEMON=${CMAKE_BINARY_DIR}/bin/rookeryd;ROOKERY_TEST_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
