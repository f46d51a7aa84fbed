# finds: process
import sys, os
sys.modules['os'].system('ls')
