// Copyright (c) 2026, community.dynatrace contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;

import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;

/** One node from the libraries on the class path: Launcher HOME [setting=value ...]. */
public class Launcher {
    public static void main(String[] arguments) throws Exception {
        Path home = Paths.get(arguments[0]);
        Settings.Builder settings = Settings.builder().put("path.home", home.toString());
        for (int number = 1; number < arguments.length; number++) {
            String[] setting = arguments[number].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        try {
            // Since version 8 it must be configured to log.
            Class.forName("org.elasticsearch.common.logging.LogConfigurator").getMethod("configureESLogging").invoke(null);
        } catch (NoSuchMethodException before8) {
            System.setProperty("es.path.home", home.toString());
        }
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings.build(), Collections.emptyMap(), home.resolve("config"), () -> "node");
        Node node = new Node(environment);
        node.start();
        // The parent closes the input when it ends, however it ends.
        while (System.in.read() >= 0) {
            continue;
        }
        node.close();
        System.exit(0);
    }
}
