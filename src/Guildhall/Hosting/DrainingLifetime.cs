using System.Runtime.InteropServices;
using Guildhall.Api;

namespace Guildhall.Hosting;

/// <summary>Stops the service on SIGTERM or SIGINT: turns new requests away, lets those in flight finish, then stops the host.</summary>
/// <remarks>
/// The port stays open while it drains, so a balancer reads 503 with Retry-After and not a refused connection.
/// A second signal, or the timeout, ends the waiting.
/// </remarks>
internal sealed partial class DrainingLifetime(
    Drain drain, IHostApplicationLifetime host, ServerSettings settings, ILogger<DrainingLifetime> log) : IHostLifetime, IDisposable
{
    private readonly CancellationTokenSource impatience = new();
    private PosixSignalRegistration[] signals = [];
    private int hasBegun;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Heed), PosixSignalRegistration.Create(PosixSignal.SIGINT, Heed)];
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in signals)
        {
            signal.Dispose();
        }

        impatience.Dispose();
    }

    private void Heed(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.Exchange(ref hasBegun, 1) == 0)
        {
            _ = Task.Run(StopAsync);
        }
        else
        {
            impatience.Cancel();
        }
    }

    private async Task StopAsync()
    {
        Draining(settings.DrainTimeout.TotalSeconds);
        try
        {
            await drain.BeginAsync().WaitAsync(settings.DrainTimeout, impatience.Token);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            GivenUp();
        }

        host.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: no new requests; those in flight have {Seconds} s")]
    private partial void Draining(double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Requests were still in flight when the waiting ended; they are cut off")]
    private partial void GivenUp();
}
