package com.cloudbees.groovy.cps

import java.lang.annotation.ElementType
import java.lang.annotation.Target

/** Jenkins' own marker of code that runs in one go. */
@Target([ElementType.METHOD, ElementType.CONSTRUCTOR])
@interface NonCPS {
}
