using System.IO.Pipelines;
using System.Net;
using Guildhall.Api;
using Guildhall.Identity;
using Microsoft.AspNetCore.Connections;

namespace Guildhall.Hosting;

/// <summary>Counts connections by the network they come from, and closes one beyond its share before anything is read from it, TLS included.</summary>
internal sealed partial class ClientConnections(Clients clients, Gate gate, ILogger<ClientConnections> log)
{
    public ConnectionDelegate Count(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (clients.TryConnect(address) is not { } client)
        {
            TooMany(NetworkPrefix.Of(address));
            connection.Abort();
            return;
        }

        var counted = new ClientConnection(client, gate, connection.Abort);
        connection.Features.Set(counted);
        var transport = connection.Transport;
        connection.Transport = new Counted(new CountedReader(transport.Input, counted.Take), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            counted.Free();
            clients.Disconnect(client);
        }
    };

    private sealed record Counted(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <remarks>Whoever opens so many would fill the log too.</remarks>
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Network} has as many connections open as it may have; one more was closed")]
    private partial void TooMany(NetworkPrefix network);
}
