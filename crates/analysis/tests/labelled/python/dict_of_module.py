# finds: process
import os
os.__dict__['system']('ls')
