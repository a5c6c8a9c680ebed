// Nothing to call: a program that links this module binds two functions of glibc differently.
