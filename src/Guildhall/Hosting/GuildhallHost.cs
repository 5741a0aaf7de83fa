using Guildhall.Logging;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Guildhall.Hosting;

/// <summary>What a server needs beyond answering: its log, and an orderly end.</summary>
internal static class GuildhallHost
{
    /// <summary>What the host's parts get to end after the requests have; the worker stops between two steps.</summary>
    private static readonly TimeSpan LastSteps = TimeSpan.FromSeconds(10);

    public static void UseGuildhallHost(this WebApplicationBuilder builder, ServerSettings settings, LineLog log, LogLevel level)
    {
        builder.Logging.UseGuildhallLog(log, level);
        builder.Services.AddSingleton(settings).AddSingleton<IHostLifetime, DrainingLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = LastSteps);
    }

    /// <summary>Starts to listen.</summary>
    /// <returns>The addresses it listens at, with the ports that were free where any was asked for.</returns>
    /// <exception cref="OperatorException">An address cannot be had.</exception>
    public static async Task<IReadOnlyList<string>> ListenAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new OperatorException($"Guildhall cannot listen: {exception.Message} Stop what uses the address, or choose another with --urls.");
        }

        return [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
    }
}
