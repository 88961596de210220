package privacy

import "strings"

// givenNames are common in the countries whose optical shops are thought of. Those that are everyday words, months or
// brands by themselves are left out: Will, Mark, Grace, May, Rose, Hugo.
var givenNames = set(`james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald steven paul andrew joshua
	kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel
	gregory alexander
	patrick frank raymond jack dennis jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter christian keith roger terry sean
	gerald carl
	harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel logan alan juan albert willie elijah wayne randy vincent liam bobby johnny bradley
	mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda
	melissa deborah
	stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine helen debra rachel
	carolyn janet maria
	catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha
	madison teresa gloria
	sara janice ann kathryn abigail sophia frances jean alice judy isabella julia denise amber danielle marilyn beverly charlotte natalie theresa diana brittany
	doris kayla alexis
	oliver harry mohammed mohamed muhammad ahmed ali omar hassan hussein fatima aisha khadija yusuf ibrahim mustafa karim leila layla nadia samir tariq
	carlos luis miguel jesus antonio francisco manuel pedro alejandro fernando javier ricardo rafael sergio diego andres pablo jorge mario carmen lucia ana isabel rosa
	elena pilar dolores mercedes guadalupe esperanza ines beatriz joao paulo marcos lucas mateus fernanda juliana camila
	hans klaus jurgen juergen wolfgang dieter uwe stefan markus andreas bernd heinz helmut karl ursula monika petra sabine renate helga karin brigitte ingrid erika
	gisela heike birgit anja
	pierre michel philippe alain bernard nicolas christophe laurent olivier francois sebastien julien thierry marie nathalie isabelle sylvie catherine martine
	francoise valerie
	giuseppe giovanni antonio francesco luigi angelo vincenzo pietro salvatore marco andrea roberto stefano giulia chiara francesca federica silvia paola elisa
	sofia matteo lorenzo
	ivan dmitry dmitri sergei sergey alexei alexey andrei andrey mikhail vladimir nikolai pavel igor oleg olga tatiana natalia natalya irina svetlana ekaterina
	anastasia ludmila
	piotr krzysztof andrzej tomasz jan pawel marcin katarzyna malgorzata agnieszka joanna ewa magdalena zofia hanna
	wei min jing li yan fang lei hiroshi kenji takashi yuki akira sakura haruto yoko keiko priya rahul amit sanjay rajesh sunita anita deepak vijay lakshmi arjun ravi
	david moshe yosef avraham yaakov sarah rivka rachel miriam yael noa tamar shlomo avi eitan
	lars erik anders johan bjorn ole nils mette astrid freya sven mikael jorma mehmet mustafa ayse emine zeynep kemal
	иван дмитрий сергей алексей андрей михаил владимир николай павел игорь ольга татьяна наталья ирина светлана екатерина анна мария
	елена`)

// familyNames are common, and no words or brands of the trade by themselves.
var familyNames = set(`smith johnson williams jones davis miller wilson moore taylor anderson jackson harris martinez robinson rodriguez lewis walker hernandez
		wright lopez scott
	adams nelson gonzalez perez roberts turner phillips campbell evans edwards collins stewart sanchez morris rogers reed morgan murphy rivera cooper richardson
	howard ramirez torres peterson
	watson brooks bennett hughes flores butler simmons patterson jordan reynolds hamilton graham sullivan garcia fernandez gomez diaz romero alvarez moreno gutierrez navarro
	mueller schmidt schneider fischer meyer weber wagner becker schulz hoffmann schaefer koch bauer richter klein wolf schroeder neumann schwarz zimmermann
	martin bernard dubois durand leroy moreau laurent lefebvre rousseau fournier girard bonnet dupont lambert rossi russo ferrari esposito bianchi romano colombo
	ricci marino greco
	silva santos oliveira souza pereira costa carvalho almeida ferreira ribeiro ivanov ivanova petrov petrova sidorov smirnov smirnova kuznetsov popov popova
	volkov nowak kowalski kowalska wisniewski
	wojcik kaminski lewandowski novak dvorak horvat jovanovic nagy kovacs popescu ionescu yilmaz kaya demir celik papadopoulos cohen levy mizrahi peretz khan
	hussain ahmed singh kumar sharma patel
	gupta nguyen tran kim lee chen wang zhang liu yang huang tanaka suzuki sato watanabe jansen bakker visser andersson johansson karlsson nilsson hansen olsen
	larsen nielsen jensen`)

// brands are names of persons that optical shops sell.
var brands = func() map[string]bool {
	m := map[string]bool{}
	for _, b := range strings.Split(`oliver peoples,tom ford,ralph lauren,polo ralph,calvin klein,jimmy choo,marc jacobs,michael kors,hugo boss,kate spade,vera
		wang,paul smith,stella mccartney,carolina herrera,
tommy hilfiger,giorgio armani,emporio armani,alexander mcqueen,victoria beckham,charlotte tilbury,dolce gabbana,yves saint,saint laurent,christian dior,roberto
	cavalli,gianni versace,
alain mikli,philippe starck,carl zeiss,hans anders,jean paul,karl lagerfeld,ted baker,nina ricci,sonia rykiel,diane von,jack spade,lulu guinness,rachel
	zoe,elizabeth arden,pierre cardin,
john varvatos,john deere,johnson johnson,robert marc,thom browne,perry ellis,harley davidson,ana hickmann,andy wolf,anna sui,ann taylor,bobbi brown,maui
	jim,nicole miller,peter allen,
steve madden,tory burch,walter roberto,william morris,kenneth cole,laura ashley,jason wu,jessica mcclintock,jennifer lopez,daniel hechter,daniel wellington,guy
	laroche,ray ban,marie claire,
henry jullien,francis klein,robert la,barton perreira,eddie bauer,ellen tracy,donna karan,betty barclay,joseph abboud,joseph marc,david beckham,david
	green,david yurman,jones new`, ",") {
		m[strings.Join(fields(b), " ")] = true
	}
	return m
}()

// trade are the capitalised words that follow "patient" or "customer" and are no names.
var trade = set(`visit visits progressive progressives bifocal single vision lens lenses frame frames contact contacts age ages band bands average count counts
		segment segments insurance
	plan plans diagnosis myopia hyperopia astigmatism presbyopia cataract glaucoma dry eye eyes macular diabetic amblyopia recall recalls store stores month months
	year years quarter
	week weeks day days new returning number numbers group groups type types data report reports trend trends satisfaction retention service care base volume
	portal record records file
	id no january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
	what which how who when where why show list give count the this that last next these those our all and or by in of for with from to on at per vs is are was
	were do did does
	revenue sales orders units products product brand brands category categories sunglasses accessories solutions students seniors families children adults professionals
	spex top best worst street road avenue city center centre mall clinic optical optics vision optician`)

// common are words that follow a name in lower case without being part of it.
var common = set(`and or the a an is are was were has have had who what when where how in on at of for with from to by did does do buy bought visit visited come
		came this that last next since before after please
	order orders need needs want wants get got ask asked say said call called number phone email address appointment glasses lenses frames about due until her his
	their our my`)
