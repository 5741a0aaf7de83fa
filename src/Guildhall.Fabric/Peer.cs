using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>One peer: which channels it is in, and how to bring it into one.</summary>
/// <remarks>It is safe for use by several threads at once. Peers take joining from an administrator of their own organization only.</remarks>
public sealed class Peer : IDisposable
{
    private const string Path = "/protos.Endorser/ProcessProposal";
    private const string Configuration = "cscc"; // the system chaincode that answers for a peer's channels
    private const int Good = 200;

    private readonly GrpcConnection connection;
    private readonly FabricOptions options;
    private readonly TimeProvider clock;

    public Peer(NodeEndpoint endpoint, FabricOptions? options = null, TimeProvider? clock = null)
    {
        (this.options, this.clock) = (options ?? FabricOptions.Default, clock ?? TimeProvider.System);
        connection = new GrpcConnection(endpoint, this.options, this.clock);
    }

    /// <summary>Joins the channel whose block 0 this is. A peer that is in it already stays so, and that is success.</summary>
    /// <exception cref="FabricException">The peer cannot be reached or refuses.</exception>
    public async Task JoinAsync(ReadOnlyMemory<byte> firstBlock, ISigner administrator, CancellationToken cancellationToken)
    {
        try
        {
            using var receipt = new Receipt(options.Budget);
            await AskAsync("JoinChain", UnsafeByteOperations.UnsafeWrap(firstBlock), "", administrator, FabricStep.JoinPeer, AnswerLimit.Verdict, receipt, cancellationToken);
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.AlreadyJoined)
        {
            // A lost answer leads here the second time.
        }
    }

    /// <summary>The channels that the peer is in, by name. One that was removed from a channel goes on listing it: it is not told.</summary>
    /// <exception cref="FabricException">The peer cannot be reached or refuses.</exception>
    public async Task<ImmutableArray<string>> ListChannelsAsync(ISigner asking, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        var answer = await AskAsync("GetChannels", null, "", asking, FabricStep.AskPeer, AnswerLimit.ChannelList, receipt, cancellationToken);
        return [.. Wire.Parse(ChannelQueryResponse.Parser, answer, FabricStep.AskPeer).Channels.Select(channel => channel.ChannelId).Order(StringComparer.Ordinal)];
    }

    /// <summary>The channel's configuration as this peer knows it, which may be behind the orderers'.</summary>
    /// <exception cref="FabricException">The peer cannot be reached, is not in the channel, or refuses.</exception>
    public async Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        var answer = await AskAsync("GetChannelConfig", ByteString.CopyFromUtf8(channel), channel, reader, FabricStep.AskPeer, AnswerLimit.Single(options.MaxBlockBytes), receipt, cancellationToken);
        return new ChannelConfiguration(channel, Wire.Parse(Config.Parser, answer, FabricStep.AskPeer), null, ByteString.Empty);
    }

    public void Dispose() => connection.Dispose();

    private Task<ByteString> AskAsync(
        string function, ByteString? argument, string channel, ISigner signer, FabricStep step, AnswerLimit limit, Receipt receipt, CancellationToken cancellationToken) =>
        Attempts.RunAsync(
            [connection],
            options,
            clock,
            async peer =>
            {
                receipt.Release(); // what an earlier attempt has left
                var proposal = await ProposeAsync(function, argument, channel, signer, cancellationToken);
                try
                {
                    await foreach (var answer in peer.CallAsync(Path, proposal, ProposalResponse.Parser, limit, receipt, options.CallDeadline, cancellationToken))
                    {
                        return answer.Response is { Status: Good } good ? good.Payload : throw Verdicts.OfPeer(answer.Response ?? new Response(), step);
                    }
                }
                catch (GrpcProblem problem)
                {
                    throw Verdicts.OfCall(problem, step, repeatable: true);
                }

                throw new FabricException(step, FabricErrorKind.Malformed, $"{peer.Endpoint} ended without an answer.");
            },
            cancellationToken);

    private async Task<SignedProposal> ProposeAsync(string function, ByteString? argument, string channel, ISigner signer, CancellationToken cancellationToken)
    {
        var from = Envelopes.NewSignatureHeader(signer.Identity);
        var chaincode = new ChaincodeID { Name = Configuration };
        var header = new ChannelHeader
        {
            Type = HeaderType.EndorserTransaction,
            ChannelId = channel,
            TxId = Convert.ToHexStringLower(SHA256.HashData([.. from.Nonce.Span, .. from.Creator.Span])),
            Extension = Wire.Bytes(new ChaincodeHeaderExtension { ChaincodeId = chaincode }),
            TlsCertHash = connection.TlsCertificateHash,
            Timestamp = Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
        };
        var input = new ChaincodeInput { Args = { ByteString.CopyFrom(function, Encoding.UTF8) } };
        if (argument is not null)
        {
            input.Args.Add(argument);
        }

        var call = new ChaincodeInvocationSpec { ChaincodeSpec = new ChaincodeSpec { Type = ChaincodeSpec.Types.Language.Golang, ChaincodeId = chaincode, Input = input } };
        var proposal = Wire.Bytes(new Proposal
        {
            Header = Wire.Bytes(new Header { ChannelHeader = Wire.Bytes(header), SignatureHeader = Wire.Bytes(from) }),
            Payload = Wire.Bytes(new ChaincodeProposalPayload { Input = Wire.Bytes(call) }),
        });
        return new SignedProposal { ProposalBytes = proposal, Signature = await Envelopes.SignAsync(signer, proposal.Memory, cancellationToken) };
    }
}
