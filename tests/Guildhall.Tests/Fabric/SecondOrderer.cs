using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>Another orderer of a network. It passes calls on to the network's own; cut off, it shows the channel as it was.</summary>
internal sealed class SecondOrderer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly AnswerLimit Most = new(100 << 20, 10_000, 1L << 30);

    private readonly FabricNetwork network;
    private readonly GrpcConnection own;
    private StandInServer? server;
    private Block? remembered;

    private SecondOrderer(FabricNetwork network) => (this.network, own) = (network, new GrpcConnection(network.Orderer, FabricOptions.Default, TimeProvider.System));

    /// <summary>While it is, it shows the channel as it was when that was remembered.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>It says that it has taken an update, and nobody hears of it.</summary>
    public bool LosesUpdates { get; set; }

    /// <summary>What it answers to whoever wants blocks; null where it delivers them.</summary>
    public Status? RefusesReaders { get; set; }

    /// <summary>What it answers to an update; null where it passes it on.</summary>
    public BroadcastResponse? RefusesUpdates { get; set; }

    /// <summary>How many updates it was sent.</summary>
    public int Updates { get; private set; }

    /// <summary>How many blocks it has delivered.</summary>
    public int Delivered { get; private set; }

    public NodeEndpoint Endpoint => network.Orderer with { Address = new Uri($"https://127.0.0.1:{server!.Port}") };

    public static async Task<SecondOrderer> StartAsync(FabricNetwork network)
    {
        var orderer = new SecondOrderer(network);
        await orderer.RememberAsync();
        orderer.server = await StandInServer.StartAsync(0, network.OrdererOrganization.TlsAuthority.Issue("orderer2.example.com", forTls: true), null, new Dictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>>
        {
            ["/orderer.AtomicBroadcast/Broadcast"] = (context, body) => orderer.TakeAsync(context, body),
            ["/orderer.AtomicBroadcast/Deliver"] = (context, body) => orderer.DeliverAsync(context, body),
        });
        return orderer;
    }

    /// <summary>What there is now is the newest that it shows when it is cut off. The channel has blocks with configurations only.</summary>
    public async Task RememberAsync()
    {
        using var orderers = network.Connect();
        var current = await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);
        remembered = Block.Parser.ParseFrom(await orderers.ReadBlockAsync(FabricNetwork.Channel, current.Block!.Value, network.Org1.Admin, default));
    }

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        own.Dispose();
    }

    private async IAsyncEnumerable<IMessage> TakeAsync(HttpContext context, byte[] body)
    {
        Updates++;
        if (LosesUpdates || RefusesUpdates is not null)
        {
            yield return RefusesUpdates ?? new BroadcastResponse { Status = Status.Success };
            yield break;
        }

        await foreach (var answer in PassOnAsync(context, body, BroadcastResponse.Parser))
        {
            yield return answer;
        }
    }

    private async IAsyncEnumerable<IMessage> DeliverAsync(HttpContext context, byte[] body)
    {
        var wanted = SeekInfo.Parser.ParseFrom(Payload.Parser.ParseFrom(Envelope.Parser.ParseFrom(body).Payload).Data).Start;
        var newest = IsCutOff ? remembered : null;
        if (RefusesReaders is { } refusal)
        {
            yield return new DeliverResponse { Status = refusal };
        }
        else if (newest is not null && wanted.TypeCase == SeekPosition.TypeOneofCase.Newest)
        {
            Delivered++;
            yield return new DeliverResponse { Block = newest };
        }
        else if (newest is not null && wanted.TypeCase == SeekPosition.TypeOneofCase.Specified && wanted.Specified.Number > newest.Header.Number)
        {
            yield return new DeliverResponse { Status = Status.NotFound };
        }
        else
        {
            await foreach (var answer in PassOnAsync(context, body, DeliverResponse.Parser))
            {
                Delivered += answer.TypeCase == DeliverResponse.TypeOneofCase.Block ? 1 : 0;
                yield return answer;
            }
        }
    }

    private async IAsyncEnumerable<T> PassOnAsync<T>(HttpContext context, byte[] body, MessageParser<T> parser)
        where T : IMessage<T>
    {
        using var receipt = new Receipt(null);
        await foreach (var answer in own.CallAsync(context.Request.Path, Envelope.Parser.ParseFrom(body), parser, Most, receipt, Deadline, context.RequestAborted))
        {
            yield return answer;
        }
    }
}
