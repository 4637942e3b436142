# Joins the chapters of the grammar; Bison's messages still name the chapter and its line.
# cmake -DOUTPUT=file -DCHAPTERS=file|file|... -P join.cmake
string(REPLACE "|" ";" chapters "${CHAPTERS}")
file(WRITE ${OUTPUT} "")
foreach(chapter ${chapters})
    file(APPEND ${OUTPUT} "#line 1 \"${chapter}\"\n")
    file(READ ${chapter} rules)
    file(APPEND ${OUTPUT} "${rules}")
endforeach()
