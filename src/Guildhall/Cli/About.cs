using System.Reflection;

namespace Guildhall.Cli;

/// <summary>What Guildhall says of itself.</summary>
internal static class About
{
    public const string Guildhall =
        """
        Guildhall keeps the register of who is in: tenants of permissioned blockchains invite each other into a
        channel, answer, and leave. It speaks the member-management API of Huawei Cloud BCS v2, so programs and SDKs
        written for that service run against it unchanged.

        Try it first, with three tenants, emulated channels and a session to copy from:

          guildhall demo

        Then run the real thing; every setting is explained by its --help:

          guildhall account create NAME --store FILE     (then a project, a user, a key)
          guildhall serve --urls http://127.0.0.1:8080 --store FILE --network register
        """;

    public static string Version { get; } =
        typeof(About).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
