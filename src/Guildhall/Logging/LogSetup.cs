namespace Guildhall.Logging;

internal static class LogSetup
{
    /// <summary>Guildhall's own lines from the level on; the framework's from Warning on.</summary>
    public static void UseGuildhallLog(this ILoggingBuilder logging, LineLog log, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);

        // It would make an activity and a scope for each request, and say nothing that the access log does not.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // What keeps the service from starting is told once, in an operator's words, and not a second time as a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddProvider(log);
    }
}
