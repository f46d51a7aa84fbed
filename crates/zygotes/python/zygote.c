// The native part of the forkable Python: what Python can't do for itself. zygote.py uses it.
//
// It needs no header of Python's: what it uses is declared here. All but `run` is part of the stable ABI.

#include "../launcher.h"

#include <sys/sysmacros.h>

typedef struct Object Object;
typedef Object *(*Function)(Object *module, Object *arguments);

typedef struct {
  const char *name;
  Function function;
  int flags;
  const char *doc;
} Method;

// PyModuleDef, with the head that every object has.
typedef struct {
  intptr_t references;
  void *type, *init;
  intptr_t index;
  void *copy;
  const char *name, *doc;
  intptr_t size;
  Method *methods;
  void *slots, *traverse, *clear, *free;
} Definition;

enum { ANY_ARGUMENTS = 1, NO_ARGUMENTS = 4, ONE_ARGUMENT = 8, ABI_VERSION = 3 };

Object *PyModule_Create2(Definition *, int version);
Object *PyList_New(intptr_t size);
int PyList_Append(Object *list, Object *item);
Object *PyUnicode_DecodeFSDefault(const char *);
const char *PyUnicode_AsUTF8AndSize(Object *, intptr_t *size);
void Py_DecRef(Object *);
Object *Py_BuildValue(const char *format, ...);
int PyArg_ParseTuple(Object *, const char *format, ...);
void *PyThreadState_Get(void);
Object *PyEval_EvalCode(Object *code, Object *globals, Object *locals);
void PyOS_BeforeFork(void);
void PyOS_AfterFork_Parent(void);
void PyOS_AfterFork_Child(void);

static struct launcher launcher;

/// Where the kernel put the arguments, in one piece up to the first variable.
static char *shown;
static size_t shown_bytes;

static Object *zygote_open(Object *module, Object *unused) {
  (void)module, (void)unused;
  shown = program_invocation_name;
  if (environ[0] > shown) shown_bytes = environ[0] - shown;
  const char *fault = launcher_open(&launcher);
  if (fault) launcher_give_up(&launcher, fault);
  launcher_forget(LAUNCHER_VARIABLE);
  return Py_BuildValue("");
}

static Object *zygote_give_up(Object *module, Object *why) {
  (void)module;
  const char *text = PyUnicode_AsUTF8AndSize(why, NULL);
  launcher_give_up(&launcher, text ? text : "not a text");
}

static Object *list_of(char **strings) {
  Object *list = PyList_New(0);
  for (; list && *strings; strings++) {
    Object *text = PyUnicode_DecodeFSDefault(*strings);
    if (!text || PyList_Append(list, text)) return NULL;
    Py_DecRef(text);
  }
  return list;
}

/// Forks one spare after another, and returns in each.
static Object *zygote_fork(Object *module, Object *unused) {
  (void)module, (void)unused;
  for (;;) {
    PyOS_BeforeFork();
    pid_t spare = fork();
    if (spare == 0) break;
    PyOS_AfterFork_Parent();
    if (spare < 0) launcher_give_up(&launcher, strerror(errno));
    launcher_await_end(&launcher, spare);
  }
  PyOS_AfterFork_Child();
  return Py_BuildValue("");
}

/// For who looks at processes from outside, and /proc/self/cmdline. What was longer ends in zeros.
static void show(char **arguments) {
  size_t used = 0;
  for (char **at = arguments; *at; at++) used += strlen(*at) + 1;
  if (used > shown_bytes) return;
  memset(shown, 0, shown_bytes);
  for (char *at = shown; *arguments; arguments++) at = stpcpy(at, *arguments) + 1;
}

/// In a spare: says that it is ready. Whether an order comes within so many milliseconds.
static Object *zygote_is_ordered(Object *module, Object *arguments) {
  (void)module;
  int milliseconds;
  if (!PyArg_ParseTuple(arguments, "i", &milliseconds)) return NULL;
  const char *fault = launcher_give_up_rights(&launcher);
  if (fault) launcher_give_up(&launcher, fault);
  return Py_BuildValue("i", launcher_is_ordered(&launcher, milliseconds));
}

/// Whether these are the variables that it was started with: then nothing has to be made of them.
static int is_our_environment(char **env) {
  char **own = environ;
  while (*own && *env && !strcmp(*own, *env)) own++, env++;
  return !*own && !*env;
}

/// What Python makes of a descriptor when it starts depends on this.
static char kind_of(int fd) {
  enum { BUFFER = 4096 };  // as large as a block
  struct stat info;
  if (fstat(fd, &info) || info.st_blksize != BUFFER) return '?';
  if (S_ISFIFO(info.st_mode)) return 'p';
  if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3)) return 'n';
  return S_ISREG(info.st_mode) && lseek(fd, 0, SEEK_CUR) == 0 ? 'f' : '?';
}

/// In a spare that is ready: returns when it has become the program, with its arguments, its variables where
/// they are others than the zygote's, and the kinds of its three streams.
static Object *zygote_await_order(Object *module, Object *unused) {
  (void)module, (void)unused;
  struct launcher_order order;
  const char *fault = launcher_await_order(&launcher, &order);
  if (!fault) fault = launcher_follow(&launcher, &order, 3);
  if (fault) launcher_give_up(&launcher, fault);
  show(order.argv);
  Object *variables = is_our_environment(order.env) ? Py_BuildValue("") : list_of(order.env);
  return Py_BuildValue("(NN(CCC))", list_of(order.argv), variables, kind_of(0), kind_of(1), kind_of(2));
}

// ---- private: how Python 3.11 has its frames -----------------------------------------------------------

// The beginning of PyThreadState and all of _PyCFrame that matters. zygote.py makes sure of it, by running
// something that asks for its own frames, before any program is taken.
typedef struct {
  void *before, *after, *interpreter;
  int initialized, is_static;
  int recursion_remaining, recursion_limit, recursion_headroom;
  int tracing, tracing_what;
  struct {
    uint8_t uses_tracing;
    void *frame;
  } *c_frame;
} ThreadState;

/// Runs a program's code as Python's own main would: there is no frame below it.
static Object *zygote_run(Object *module, Object *arguments) {
  (void)module;
  Object *code, *variables;
  if (!PyArg_ParseTuple(arguments, "OO", &code, &variables)) return NULL;
  ThreadState *thread = (ThreadState *)PyThreadState_Get();
  void *frame = thread->c_frame->frame;
  int remaining = thread->recursion_remaining, limit = thread->recursion_limit;
  thread->c_frame->frame = NULL;
  thread->recursion_remaining = thread->recursion_limit;
  Object *result = PyEval_EvalCode(code, variables, variables);
  // The program may have set another limit.
  thread->recursion_remaining = thread->recursion_limit - (limit - remaining);
  thread->c_frame->frame = frame;
  return result;
}

static Method methods[] = {
    {"open", zygote_open, NO_ARGUMENTS, NULL},
    {"give_up", zygote_give_up, ONE_ARGUMENT, NULL},
    {"fork", zygote_fork, NO_ARGUMENTS, NULL},
    {"is_ordered", zygote_is_ordered, ANY_ARGUMENTS, NULL},
    {"await_order", zygote_await_order, NO_ARGUMENTS, NULL},
    {"run", zygote_run, ANY_ARGUMENTS, NULL},
    {NULL, NULL, 0, NULL},
};

static Definition definition = {.references = 1, .name = "letscode_zygote", .size = -1, .methods = methods};

__attribute__((visibility("default"))) Object *PyInit_letscode_zygote(void) {
  return PyModule_Create2(&definition, ABI_VERSION);
}
