# bench_compile runs the compilers itself, so it has to know where the library and what it stands on are.
set(folders "$<TARGET_PROPERTY:bench_compile,INCLUDE_DIRECTORIES>")
target_compile_definitions(bench_compile PRIVATE
    "WIDE_CASES=\"${CMAKE_CURRENT_LIST_DIR}/cases\""
    "WIDE_FOLDERS=\"$<JOIN:$<REMOVE_DUPLICATES:${folders}>,:>\""
    "WIDE_FLAGS=\"$<JOIN:$<TARGET_PROPERTY:wide::native,INTERFACE_COMPILE_OPTIONS>, >\"")
