using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;
using Microsoft.AspNetCore.Components;

namespace Guildhall.Console;

/// <summary>One request to the console: who asks, in which language, what was filled in, and the ways to answer.</summary>
internal sealed partial class ConsoleRequest
{
    private static readonly TimeSpan NoticeLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan VisitLifetime = TimeSpan.FromHours(12);

    private readonly string? token;
    private readonly Principal? principal;
    private Caller? caller;
    private RequestLooks? looks;

    private ConsoleRequest(HttpContext context, string? token, Principal? principal, Refusal? refusal)
    {
        (Context, this.token, this.principal, Refusal) = (context, token, principal, refusal);
        Path = (context.Request.RouteValues["path"] as string ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        Method = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        Language = Language.Of(context.Request);
        Texts = Texts.In(Language);
    }

    public HttpContext Context { get; }

    public string Method { get; }

    /// <summary>The path behind <c>/console</c>, in its parts.</summary>
    public string[] Path { get; }

    public Language Language { get; }

    public Texts Texts { get; }

    /// <summary>Why the request goes no further, whatever it asks for; null when it does.</summary>
    public Refusal? Refusal { get; }

    public bool IsSignedIn => principal is not null;

    /// <summary>The user whose session it is.</summary>
    public Principal Principal => principal ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>The user in the project that was chosen.</summary>
    public Caller Caller => caller ?? throw new InvalidOperationException("No project is chosen.");

    public bool HasProject => principal?.Scope is not null;

    /// <summary>Whether the user may change anything.</summary>
    public bool MayChange => principal?.Role == Role.Admin;

    /// <summary>Whether the user manages the accounts of this Guildhall.</summary>
    public bool IsOperator => principal is not null && Get<Operators>().Include(principal);

    public Form Form { get; private set; } = Form.Empty;

    /// <summary>The form that arrived, for what belongs to no project.</summary>
    public SentForm? Sent { get; private set; }

    /// <summary>Invitations that wait for an answer.</summary>
    public long Waiting { get; private set; }

    /// <summary>Changes of channels that wait for a signature.</summary>
    public long WaitingSignatures { get; private set; }

    /// <summary>After how many seconds a browser without scripts shall ask again; null for a page that stays as it is.</summary>
    public int? RefreshEvery { get; set; }

    /// <summary>What the demo shows above each page; nothing elsewhere.</summary>
    public RenderFragment? Bar => Context.RequestServices.GetService<ConsoleBar>()?.Show(this);

    /// <summary>What forms are bound to: the session, or the visit of someone who has not signed in.</summary>
    public string? FormSecret => IsSignedIn ? token : Cookies.Visit.Read(Context.Request);

    public CancellationToken Aborted => Context.RequestAborted;

    public Overview Overview => Get<Overview>();

    public MemberManagement Members => Get<MemberManagement>();

    public SignatureManagement Signatures => Get<SignatureManagement>();

    /// <summary>At nodes; all of a page count as one.</summary>
    public RequestLooks Looks => looks ??= RequestLooks.Of(Context);

    public NetworkManagement Networks => Get<NetworkManagement>();

    public ServiceManagement Services => Get<ServiceManagement>();

    public ChannelManagement Channels => Get<ChannelManagement>();

    public Limits Limits => Get<Limits>();

    public DateTimeOffset Now => Get<TimeProvider>().GetUtcNow();

    public static async Task<ConsoleRequest> OpenAsync(HttpContext context)
    {
        if (Cookies.Session.Read(context.Request) is not { } token)
        {
            return new ConsoleRequest(context, null, null, null);
        }

        var credentials = CredentialsOf(context, token);
        var doors = context.RequestServices.GetRequiredService<Doors>();
        if (!(await Authentication.AuthenticateAsync(doors, context.RequestServices.GetRequiredService<AccountRates>(), context, credentials)).IsRefused(out var refusal, out var principal)
            && principal.IsSession)
        {
            return new ConsoleRequest(context, token, principal, null);
        }

        // A token of the API is no session either: it is bound to one project, and here it could be taken into any. The cookie stays: the browser may
        // have another by now, of a project that was chosen while this request was under way.
        if (refusal is null or { Status: StatusCodes.Status401Unauthorized })
        {
            return new ConsoleRequest(context, null, null, null);
        }

        return new ConsoleRequest(context, null, null, refusal);
    }

    public T Get<T>()
        where T : notnull => Context.RequestServices.GetRequiredService<T>();

    /// <summary>The versions of the account, where the session still holds; null where it has ended since the request came.</summary>
    public async Task<AccountVersions?> FindVersionsAsync() =>
        (await Get<Doors>().AuthenticateAsync(CredentialsOf(Context, Token.Reveal()), Aborted)).IsRefused(out _, out var current) ? null : current.Versions;

    /// <summary>The query's value, without control characters and not longer than any name; empty when it is not given.</summary>
    public string Query(string name)
    {
        var text = Context.Request.Query[name].ToString().Trim();
        return text.Length <= Names.MaxNameLength && !text.Any(char.IsControl) ? text : "";
    }

    /// <summary>By what a list is narrowed: a text, or null where none is given. One that cannot be is refused and not passed over, since the list would show more.</summary>
    public Result<string?> Filter(string name)
    {
        var text = Context.Request.Query[name].ToString().Trim();
        return text.Length > Names.MaxNameLength ? Refusal.ParameterInvalid.Because($"{name} has {text.Length} characters, at most {Names.MaxNameLength} are allowed")
            : text.Any(char.IsControl) ? Refusal.ParameterInvalid.Because($"{name} holds a control character")
            : text.Length == 0 ? (string?)null
            : text;
    }

    /// <summary>The same, for one that has to be one of a few words.</summary>
    /// <param name="find">Null for a word that is none of them.</param>
    public Result<T?> Filter<T>(string name, Func<string, T?> find)
        where T : struct =>
        Filter(name).IsRefused(out var refusal, out var word) ? refusal
        : word is null ? (T?)null
        : find(word) is { } known ? known
        : Refusal.ParameterInvalid.Because($"{name} is {Refusal.Quote(word)}, which is none of those that the page offers");

    /// <summary>The value of a new form's hidden field. Someone who has not signed in is given a cookie to go with it.</summary>
    public string NewFormCode()
    {
        if (FormSecret is { } secret)
        {
            return Forms.NewCode(secret);
        }

        visit ??= Secrets.NewToken();
        return Forms.NewCode(visit);
    }

    /// <summary>A form of this session has arrived.</summary>
    public void Accept(Form form, KeyedRequest? key)
    {
        Form = form;
        caller = caller is null ? null : caller with { Request = key };
        Sent = principal is null || key is null ? null : new SentForm(principal.AccountId, principal.UserId, key);
    }

    /// <summary>The address of this server as the browser reached it.</summary>
    public string Server => $"{Context.Request.Scheme}://{Context.Request.Host}";

    /// <summary>The address that is being asked for, to come back to it.</summary>
    public string Here => Context.Request.Path.Value + Context.Request.QueryString.Value;

    /// <summary>Brings the visitor where the access asks, or says why it is turned away; null when it may pass.</summary>
    public async Task<IResult?> WhyNotAsync(Access access)
    {
        if (access == Access.Anyone)
        {
            return null;
        }

        if (principal is null)
        {
            return AskToSignIn();
        }

        if (access is Access.SignedIn)
        {
            return null;
        }

        if (access is Access.Operator)
        {
            return IsOperator ? null : Refuse(ConsoleRefusals.OperatorOnly);
        }

        if (principal.Scope is not { } scope)
        {
            return Go("/console/project");
        }

        if ((await Get<Doors>().EnterAsync(principal, scope.Id, Aborted)).IsRefused(out var refusal, out caller))
        {
            return Refuse(refusal);
        }

        Context.Features.Set(caller);
        return access == Access.Change && !MayChange
            ? Refuse(Refusal.RoleForbidden.Because($"user {caller.UserName} is a reader and may only read"))
            : null;
    }

    /// <summary>Counts what waits, for the page's frame to show.</summary>
    internal async Task LookIntoInboxAsync()
    {
        if (caller is not null)
        {
            Waiting = await Overview.CountWaitingAsync(caller, Aborted);
            WaitingSignatures = await Signatures.CountWaitingAsync(caller, Aborted);
        }
    }

    /// <summary>The session's token, for what is done with the session itself.</summary>
    internal Secret Token => new(token ?? throw new InvalidOperationException("Nobody is signed in."));

    private static Credentials CredentialsOf(HttpContext context, string token) =>
        Authentication.CredentialsOf(context) with { Headers = new HeaderDictionary { [Doors.TokenHeader] = token } };

    private string? visit;

    /// <summary>Before the answer begins: the cookie that binds a visitor's forms.</summary>
    internal void KeepVisit()
    {
        if (!IsSignedIn && visit is not null)
        {
            Cookies.Visit.Write(Context, visit, VisitLifetime);
        }
    }
}
