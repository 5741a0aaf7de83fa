using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>A peer as far as its channels go: cscc's JoinChain, GetChannels and GetChannelConfig.</summary>
/// <param name="orderer">Has the blocks that it delivers of channels that it is in.</param>
internal sealed class StandInPeer(TestOrganization owner, StandInChannel channel, StandInOrderer orderer, TimeProvider clock)
{
    private const int Unknown = 2;
    private readonly HashSet<string> joined = new(StringComparer.Ordinal);

    public Dictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>> Calls => new(StringComparer.Ordinal)
    {
        ["/protos.Endorser/ProcessProposal"] = (_, body) => AnswerAsync(SignedProposal.Parser.ParseFrom(body)),
        ["/protos.Deliver/Deliver"] = (context, body) => orderer.DeliverAsync(context, body, joined.Contains, context.RequestAborted),
    };

    private async IAsyncEnumerable<IMessage> AnswerAsync(SignedProposal signed)
    {
        await Task.Yield();
        var proposal = Proposal.Parser.ParseFrom(signed.ProposalBytes);
        var header = Header.Parser.ParseFrom(proposal.Header);
        var about = ChannelHeader.Parser.ParseFrom(header.ChannelHeader).ChannelId;
        var input = ChaincodeInvocationSpec.Parser.ParseFrom(ChaincodeProposalPayload.Parser.ParseFrom(proposal.Payload).Input).ChaincodeSpec.Input;
        var creator = SerializedIdentity.Parser.ParseFrom(SignatureHeader.Parser.ParseFrom(header.SignatureHeader).Creator);
        var identity = new SigningIdentity(creator.Mspid, creator.IdBytes.ToStringUtf8());
        if (about.Length > 0 && !joined.Contains(about))
        {
            yield return new ProposalResponse { Response = new Response { Status = 500, Message = $"channel '{about}' not found" } };
            yield break;
        }

        var msp = about.Length == 0 ? owner.MspId == identity.MspId ? owner.Msp : null : channel.Current.Msp(identity.MspId);
        if (msp?.Check(identity, clock.GetUtcNow()).Signer is not { } signer)
        {
            throw new StandInStatus(Unknown, $"error validating proposal: access denied: channel [{about}] creator org unknown, creator is malformed");
        }

        yield return new ProposalResponse { Response = Do(input.Args[0].ToStringUtf8(), input, signer) };
    }

    private Response Do(string function, ChaincodeInput input, Signer signer)
    {
        switch (function)
        {
            case "JoinChain" when !signer.IsAdmin:
                return new Response { Status = 500, Message = "access denied for [JoinChain][trade]: [Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with policy [Admins]: [This identity is not an admin]]" };
            case "JoinChain":
                var name = ChannelConfiguration.FromBlock(input.Args[1].Span).Channel;
                return joined.Add(name)
                    ? new Response { Status = 200 }
                    : new Response { Status = 500, Message = $"cannot create ledger from genesis block: ledger [{name}] already exists with state [ACTIVE]" };
            case "GetChannels":
                var known = new ChannelQueryResponse();
                known.Channels.AddRange(joined.Select(one => new ChannelInfo { ChannelId = one }));
                return new Response { Status = 200, Payload = known.ToByteString() };
            default:
                return new Response { Status = 200, Payload = channel.Current.Config.ToByteString() };
        }
    }
}
