// finds: dynamic_code
(function () {}).constructor('return 1')();
